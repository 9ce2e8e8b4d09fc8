// How replicas are addressed.
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { FaultError, fault } from '@waybill/kernel';

/** What an address in the configuration stands for: one place, or all addresses of a name. */
export type Target =
  | { readonly is: 'place'; readonly address: string }
  | { readonly is: 'name'; readonly host: string; readonly port: number };

const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** Reads host:port, unix:/path or dns:///name:port. Throws `invalid`, naming the address. */
export function targetOf(address: string): Target {
  if (/^unix(-abstract)?:./.test(address)) return { is: 'place', address };
  const named = /^dns:\/\/\/(.*)$/.exec(address)?.[1];
  const [host, port] = hostAndPort(named ?? address) ?? [];
  if (host === undefined || port === undefined) throw notAnAddress(address);
  if (named === undefined || isIP(host)) return { is: 'place', address: addressOf(host, port) };
  return { is: 'name', host, port };
}

/** Claims that this is host:port and nothing else, as a replica may name another. */
export function isAddress(address: string): boolean {
  return hostAndPort(address) !== undefined;
}

/** host:port, with an IPv6 address in brackets. */
export function addressOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function hostAndPort(text: string): [host: string, port: number] | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? bare ?? '';
  const port = Number(digits);
  const isHost = bracketed === undefined ? isIPv4(host) || hostName.test(host) : isIPv6(host);
  return isHost && port >= 1 && port <= 65_535 ? [host, port] : undefined;
}

function notAnAddress(address: string): FaultError {
  const message = `${JSON.stringify(address)} is no address: give host:port, dns:///name:port or unix:/path`;
  return new FaultError(fault('invalid', message, { details: { address } }));
}
