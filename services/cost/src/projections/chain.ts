// The chain that orders the ledger: changing, dropping or moving an entry changes every hash after it.
import { hash } from 'node:crypto';

/** The hash before the first entry. */
export const chainStart = '0'.repeat(64);

/** SHA-256, in hexadecimal, of the previous hash in hexadecimal and the canonical entry right behind it, as UTF-8. */
export function chainHash(previous: string, canonicalEntry: string): string {
  return hash('sha256', previous + canonicalEntry);
}
