// Small parts of sentences.
import { type Fault, faultKindToJSON } from '@waybill/contracts';

/** `1 attempt`, `2 attempts`. */
export function count(quantity: number | bigint, noun: string): string {
  return `${quantity} ${noun}${Number(quantity) === 1 ? '' : 's'}`;
}

/** The sentences that say something, side by side. */
export function sentences(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part).join(' ');
}

/** `cache_write_5m` as `cache write 5m`. */
export function plain(word: string): string {
  return word.replaceAll('_', ' ');
}

/** What went wrong, with its kind; without the full stop. */
export function faultText({ kind, message }: Fault): string {
  const word = plain(faultKindToJSON(kind).replace('FAULT_KIND_', '').toLowerCase());
  return `${message.replace(/\.$/, '')} (${word})`;
}
