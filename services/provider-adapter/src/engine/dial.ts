// Connects to public addresses alone, whatever name leads there.
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type Fault, fault } from '@waybill/kernel';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** All addresses of a name; rejects as `dns.lookup` does. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Nothing was connected to: where the name leads is not public. */
export class AddressRefused extends Error {
  readonly fault: Fault;

  /** Names the host as it was given, and not where it leads. */
  constructor(hostname: string) {
    super(`${hostname} does not lead to public addresses alone`);
    const message = `${this.message}, and an address that a tenant has set may lead nowhere else`;
    this.fault = fault('forbidden', message, { details: { reason: 'address_not_public' } });
  }
}

/**
 * The addresses are checked where the socket is made, and the socket gets those that were checked: a name that leads
 * elsewhere at its next lookup gains nothing. One address that is not public refuses the name.
 */
export function dialPublic(connectMs: number, resolve: Resolve = resolveBySystem): buildConnector.connector {
  const dial = buildConnector({ timeout: connectMs, lookup: checkedLookup(resolve) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
    // An address is never looked up.
    if (isIP(host) !== 0 && !isPublicAddress(host)) callback(new AddressRefused(options.hostname), null);
    else dial(options, callback);
  };
}

function checkedLookup(resolve: Resolve): LookupFunction {
  return (hostname, { all }, callback) => {
    const answer = (addresses: readonly LookupAddress[]) => {
      const [first] = addresses;
      const arePublic = addresses.every(({ address }) => isPublicAddress(address));
      if (first === undefined || !arePublic) throw new AddressRefused(hostname);
      if (all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    resolve(hostname)
      .then(answer)
      .catch((cause: NodeJS.ErrnoException) => callback(cause, ''));
  };
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((found, failed) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? failed(error) : found(addresses)));
  });
}
