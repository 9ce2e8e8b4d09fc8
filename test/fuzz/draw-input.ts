// The inputs of a run: the same seed and number give the same input.
import { codecs } from '@waybill/providers';
import { oneOf, type Random, randomFrom, wholeBetween } from '../load/random.ts';
import { type Dictionary, dictionaryOf, type JsonText, jsonText, mutateBytes, mutateJson } from './mutate.ts';
import type { Input } from './read-input.ts';
import { readFinds, readSeeds, type Seed } from './seeds.ts';
import { mutateStream, type RecordedFrame, recordedFrames } from './stream-text.ts';

interface Prepared {
  readonly seed: Seed;
  readonly bytes: Buffer;
  readonly json: JsonText;
  readonly frames: readonly RecordedFrame[];
}

export type DrawInput = (number: number) => Input;

const statuses = [200, 204, 301, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 499, 500, 502, 503, 504, 529, 599];
const hints = ['3', '-1', '0.5', '1e9', 'Fri, 21 Nov 2025 00:00:00 GMT', 'soon', '', '9'.repeat(30), '1m0s', '6ms'];
const limitHeaders = ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'];
const hintHeaders = [
  ...['retry-after', 'retry-after-ms', 'x-ratelimit-reset-tokens', 'anthropic-ratelimit-requests-reset'],
  ...['x-ratelimit-remaining-tokens', 'x-should-retry', 'content-type', 'request-id'],
];

/** All inputs of a run; number -n is the n-th recorded input itself. */
export function inputsOf(runSeed: number): { readonly draw: DrawInput; readonly recorded: readonly Input[] } {
  const seeds = [...readSeeds(), ...findSeeds()].map(prepare);
  const dictionary = dictionaryOf(seeds.flatMap(({ json, frames }) => [json, ...frames.map((frame) => frame.json)]));
  const draw = (number: number) => {
    const random = randomFrom(Math.imul(runSeed ^ number, 0x9e3779b1) ^ number);
    return mutated(random, { chosen: oneOf(random, seeds), other: oneOf(random, seeds), dictionary });
  };
  return { draw, recorded: [...seeds.map(asRecorded), ...readFinds().map(findInput)] };
}

/** A find is a seed as well, as far as it is text. */
function findSeeds(): Seed[] {
  return readFinds().map(({ bytes, found: _, ...seed }) => ({
    ...seed,
    body: Buffer.from(bytes, 'base64').toString(),
  }));
}

function findInput({ bytes, kind, wire, form, name }: ReturnType<typeof readFinds>[number]): Input {
  const input = { kind, wire, form, embeds: name === 'embedding', bytes: Buffer.from(bytes, 'base64') };
  return { ...input, status: 500, headers: {}, cuts: [] };
}

function prepare(seed: Seed): Prepared {
  const isStream = seed.form === 'stream';
  return {
    seed,
    bytes: Buffer.from(seed.body),
    json: isStream ? jsonText('') : jsonText(seed.body),
    frames: isStream ? recordedFrames(seed.body, codecs[seed.kind]!.framing) : [],
  };
}

function asRecorded({ seed: { kind, wire, form, name }, bytes }: Prepared): Input {
  return { kind, wire, form, embeds: name === 'embedding', status: 500, headers: {}, bytes, cuts: [] };
}

interface Chosen {
  readonly chosen: Prepared;
  readonly other: Prepared;
  readonly dictionary: Dictionary;
}

function mutated(random: Random, { chosen, other, dictionary }: Chosen): Input {
  const { kind, wire, form, name } = chosen.seed;
  const embeds = random() < 0.02 ? name !== 'embedding' : name === 'embedding';
  const text = mutatedText(random, { chosen, other, dictionary });
  let bytes: Buffer = Buffer.from(text);
  if (random() < 0.15) bytes = mutateBytes(random, bytes, other.bytes);
  const status = form === 'error' ? oneOf(random, statuses) : 200;
  const headers = random() < 0.2 ? headersOf(random) : {};
  return { kind, wire, form, embeds, status, headers, bytes, cuts: form === 'stream' ? cutsOf(random, bytes) : [] };
}

function headersOf(random: Random): Record<string, string> {
  const limits = Object.fromEntries(limitHeaders.map((name) => [name, oneOf(random, hints)]));
  return { ...(random() < 0.5 && limits), [oneOf(random, hintHeaders)]: oneOf(random, hints) };
}

function mutatedText(random: Random, { chosen, other, dictionary }: Chosen): string {
  const { json, frames, seed } = chosen;
  if (random() < 0.05) return seed.body;
  if (seed.form !== 'stream') return mutateJson(random, json, dictionary);
  return mutateStream(random, { frames, others: other.frames, framing: codecs[seed.kind]!.framing }, dictionary);
}

/** None, a few anywhere, or one after every byte. */
function cutsOf(random: Random, { length }: Uint8Array): number[] {
  const pick = random();
  if (pick < 0.4) return [];
  if (pick < 0.41) return Array.from({ length }, (_, index) => index);
  const cuts = Array.from({ length: wholeBetween(random, 1, 6) }, () => wholeBetween(random, 0, length));
  return cuts.sort((one, other) => one - other);
}
