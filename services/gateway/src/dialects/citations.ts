// What an answer rests on, in the dialects that have a place for it.
import type { Citation, Warning } from '@waybill/contracts';

/** OpenAI's citation of a page; it has none of anything without an address. */
export interface AddressCitation {
  readonly start_index: number;
  readonly end_index: number;
  readonly title: string;
  readonly url: string;
}

/** One for each source with an address. */
export function addressCitations({ start, end, sources }: Citation): AddressCitation[] {
  const cited = sources.filter(({ url }) => url !== '');
  return cited.map(({ title, url }) => ({ start_index: start, end_index: end, title, url }));
}

/** Whether all its sources have an address. */
export function hasAddresses({ sources }: Citation): boolean {
  return sources.length > 0 && sources.every(({ url }) => url !== '');
}

export const citationsLeftOut: Warning = {
  code: 'unsupported',
  subject: 'answer.citations',
  message: 'the answer cites its sources; what this dialect has no place for was left out',
};
