// The address of a provider as a tenant sets it: read once, by the rules that the URL standard has for all programs.
import { isIP } from 'node:net';
import { type Fault, fault, type Result } from '@waybill/kernel';
import { isPublicAddress } from './public-address.ts';

export interface OwnAddress {
  /** Scheme, host and port, in the one form there is of them. */
  readonly origin: string;
  /** What comes before a codec's own path; no slash at its end. */
  readonly basePath: string;
}

export interface AddressRules {
  /** Whether it may lead into this network; then it may also do without TLS. */
  readonly allowPrivate: boolean;
}

/** Where a name leads is seen when it is dialled; an address is judged here too, so that whoever sets it hears of it. */
export function readOwnAddress(text: string, { allowPrivate }: AddressRules): Result<OwnAddress> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refused('give an address such as https://api.example.com/v1');
  if (url.username !== '' || url.password !== '') return refused('give it without user name and password');
  if (url.search !== '' || url.hash !== '') return refused('give it without what follows ? or #');
  if (url.protocol === 'http:' && !allowPrivate)
    return refused('give one with https://, or keys would travel in plain text');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    return refused('it is in a private network; the operator can allow that by tenant_keys.allow_private');
  }
  return { ok: true, value: { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') } };
}

function refused(fix: string): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: fault('invalid', `base_url cannot be used: ${fix}`, { details: { field: 'base_url' } }) };
}
