// Changes to recorded inputs: in JSON by values and names, and in anything by bytes. Written here, since fast-check makes
// values from nothing and keeps what it needs to shrink them, which costs more than reading such an input does.
import { oneOf, type Random, wholeBetween } from '../load/random.ts';
import { type JsonSpans, jsonSpans } from './json-spans.ts';

/** A text that is JSON, or nearly. */
export interface JsonText extends JsonSpans {
  readonly text: string;
}

export function jsonText(text: string): JsonText {
  return { text, ...jsonSpans(text) };
}

/** What is put in the place of something: hostile literals, and the words and values of the seeds. */
export interface Dictionary {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const hostileNames = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"hasOwnProperty"',
  '"length"',
  '""',
];
const hostileNumbers = 'null true false 0 -0 -1 0.5 1e308 1e999 -1e999 1e-400 2147483648 4294967296 9007199254740993';
const hostileTexts = '"" "\\u0000" "\\ud800" "\\uDC00\\ud83d" "__proto__" "constructor" "NaN" "-1" "1e9"';
const hostileNests =
  '[] {} [null] [[]] [{}] {"":{}} {"a":[0]} {"__proto__":{"polluted":1}} [{"__proto__":[{"polluted":1}]}]';
const hostileValues = [
  ...`${hostileNumbers} ${hostileTexts} ${hostileNests}`.split(' '),
  '{"constructor":{"prototype":{"polluted":1}}}',
  '9'.repeat(40),
  `${'['.repeat(500)}${']'.repeat(500)}`,
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
  '['.repeat(3_000),
  `"${'x'.repeat(3_000)}"`,
  `"${'\\u2028\\\\'.repeat(200)}"`,
  `[${'0,'.repeat(500)}0]`,
];

export function dictionaryOf(texts: readonly JsonText[]): Dictionary {
  const names = new Set(hostileNames);
  const values = new Set<string>();
  for (const json of texts) {
    for (const { from, to } of json.names) names.add(json.text.slice(from, to));
    for (const { from, to } of json.values) if (to - from < 200) values.add(json.text.slice(from, to));
  }
  return { names: [...names], values: [...values] };
}

/** One to three changes, from the end to the beginning, so that the places of the earlier ones hold. */
export function mutateJson(random: Random, json: JsonText, dictionary: Dictionary): string {
  let { text } = json;
  let end = Number.POSITIVE_INFINITY;
  const changes = random() < 0.6 ? 1 : wholeBetween(random, 2, 3);
  for (let change = 0; change < changes; change += 1) {
    const isName = json.names.length > 0 && random() < 0.25;
    const spans = isName ? json.names : json.values;
    if (spans.length === 0) return text + oneOf(random, hostileValues);
    const { from, to } = oneOf(random, spans);
    if (to > end) continue;
    const old = text.slice(from, to);
    text =
      text.slice(0, from) +
      (isName ? oneOf(random, dictionary.names) : newValue(random, old, dictionary)) +
      text.slice(to);
    end = from;
  }
  return text;
}

function newValue(random: Random, old: string, { names, values }: Dictionary): string {
  const pick = random();
  if (pick < 0.4) return oneOf(random, hostileValues);
  if (pick < 0.75) return oneOf(random, values);
  if (pick < 0.85) return `${old},${old}`;
  if (pick < 0.95 && old.startsWith('{'))
    return `{${oneOf(random, names)}:${oneOf(random, values)}${old === '{}' ? '' : ','}${old.slice(1)}`;
  return `[${old}]`;
}

const pieces = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\u0000',
  '\ufeff',
  ':',
  'data:',
  'event: error\n',
  'data: [DONE]\n\n',
  ': ping\n\n',
  '{',
  '"',
  '}',
];
const hostileBytes = [
  ...pieces.map((text) => Buffer.from(text)),
  Buffer.from([0xff]),
  Buffer.from([0xc3]),
  Buffer.from([0xf0, 0x9f, 0x92]),
];

/** One to four changes of bytes. */
export function mutateBytes(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = wholeBetween(random, 1, 4); left > 0; left -= 1) changed = changeBytes(random, changed, other);
  return changed;
}

function changeBytes(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = wholeBetween(random, 0, bytes.length);
  const until = Math.min(bytes.length, at + wholeBetween(random, 1, 40));
  switch (wholeBetween(random, 0, 5)) {
    case 0:
      if (at < bytes.length) bytes[at] = wholeBetween(random, 0, 255);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), oneOf(random, hostileBytes), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(wholeBetween(random, 0, other.length))]).subarray(
        0,
        20_000,
      );
  }
}
