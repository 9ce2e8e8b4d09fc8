// What an answer of Cohere rests on: tool results, and documents of the call.
import type { CitedSource, ReplyPart } from '@waybill/contracts';
import { isObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { citationPart } from '../reply/parts.ts';

/** How much text there is so far. */
interface TextSoFar {
  readonly textStarts: ReadonlyMap<unknown, number>;
}

/** Citations of a plan or of thinking have no place; the wire counts from the beginning of a piece of content. */
export function readCitation(
  { textStarts }: TextSoFar,
  wire: Readonly<Record<string, unknown>>,
  parts: ReplyPart[],
): void {
  if (wire.type !== undefined && wire.type !== 'TEXT_CONTENT') return;
  const { start, end } = wire;
  if (!isPlace(start) || !isPlace(end) || end < start) return;
  const offset = textStarts.get(wire.content_index ?? 0) ?? 0;
  const sources = listOf(wire.sources).filter(isObject).map(sourceOf);
  parts.push(citationPart({ start: start + offset, end: end + offset, text: textOf(wire.text), sources }));
}

/** Characters as the wire counts them. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

function isPlace(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

function sourceOf(source: Readonly<Record<string, unknown>>): CitedSource {
  const document = objectOf(source.document);
  return { id: textOf(source.id), title: textOf(document.title), url: textOf(document.url) };
}
