// What an answer cites, in the annotations of a message or of a delta.
import type { ReplyPart } from '@waybill/contracts';
import { type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { citationPart } from '../reply/parts.ts';

/** Pages; the wire does not repeat the text that they are cited for. */
export function readAnnotations(annotations: unknown, parts: ReplyPart[]): void {
  for (const entry of listOf(annotations)) {
    const cited = objectOf(objectOf(entry).url_citation);
    const url = textOf(cited.url);
    const { start, end } = placeOf(cited);
    if (url !== '')
      parts.push(citationPart({ start, end, text: '', sources: [{ id: '', title: textOf(cited.title), url }] }));
  }
}

/** A citation without a place, as some servers have, is one of the whole answer: from 0 to 0. */
function placeOf({ start_index: start, end_index: end }: JsonObject): { start: number; end: number } {
  return isPlace(start) && isPlace(end) && start <= end ? { start, end } : { start: 0, end: 0 };
}

function isPlace(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}
