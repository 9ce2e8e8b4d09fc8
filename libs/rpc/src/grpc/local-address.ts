import { isIPv4 } from 'node:net';
import { FaultError, fault } from '@waybill/kernel';

/** Whether what is sent to this gRPC address stays on the machine: loopback or a Unix socket. */
export function isLocalAddress(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) return true;
  const target = address.replace(/^(dns|ipv4|ipv6):(\/\/[^/]*\/)?/, '');
  const host = /^\[(.*)\](:\d+)?$/.exec(target)?.[1] ?? target.replace(/:\d+$/, '');
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** The credentials given; without any, insecure ones where that is safe. Else throws `invalid`, naming the address. */
export function credentialsFor<Credentials>(
  address: string,
  given: Credentials | undefined,
  insecure: () => Credentials,
): Credentials {
  if (given !== undefined) return given;
  if (isLocalAddress(address)) return insecure();
  throw new FaultError(
    fault(
      'invalid',
      `gRPC on ${address} leaves this machine, so it needs credentials (TLS): give some, or use a loopback address`,
      { details: { address } },
    ),
  );
}
