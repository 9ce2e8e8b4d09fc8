// What a test asks of one call: `fault=reset-after:3&output=500&usage=missing`. The same text works as the end of a
// model name (after `#` or `~`), as the header `x-simulator-directives`, and in a fault rule.
import type { AnswerWishes, Finish } from '../model/answer.ts';
import type { CacheUse } from '../model/prompt.ts';
import { type Fault, parseFault } from './fault.ts';
import { type UsageFault, usageFaults } from './usage-fault.ts';

export type Newline = 'lf' | 'crlf' | 'cr';

export interface Directives {
  readonly faults: readonly Fault[];
  /** The faults as they were written, for the bill. */
  readonly faultNames: readonly string[];
  readonly answer: AnswerWishes;
  readonly cache: Partial<CacheUse>;
  /** Tokens of the prompt, whatever it says. */
  readonly inputTokens?: number;
  readonly usage?: UsageFault;
  readonly firstByteMs?: number;
  readonly chunkDelayMs?: number;
  /** Bytes of one write. */
  readonly splitBytes?: number;
  readonly newline?: Newline;
  readonly byteOrderMark?: true;
  /** The service tier that the answer names, whatever was asked for. */
  readonly servedTier?: string;
}

export const noDirectives: Directives = { faults: [], faultNames: [], answer: {}, cache: {} };

export class DirectiveError extends Error {}

/** Throws `DirectiveError` that names what it does not know. */
export function parseDirectives(text: string): Directives {
  return [...new URLSearchParams(text)].reduce(withDirective, noDirectives);
}

function withDirective(sum: Directives, [name, value]: [string, string]): Directives {
  const read = readers[name];
  if (read === undefined) throw new DirectiveError(`no directive is called "${name}"`);
  const part = read(value);
  if (part === undefined) throw new DirectiveError(`"${value}" makes no sense for the directive "${name}"`);
  return joinDirectives(sum, part);
}

/** The second wins where both say something; faults add up. */
export function joinDirectives(first: Directives, second: Partial<Directives>): Directives {
  return {
    ...first,
    ...second,
    faults: [...first.faults, ...(second.faults ?? [])],
    faultNames: [...first.faultNames, ...(second.faultNames ?? [])],
    answer: { ...first.answer, ...second.answer },
    cache: { ...first.cache, ...second.cache },
  };
}

type Reader = (value: string) => Partial<Directives> | undefined;

const finishes: readonly Finish[] = ['stop', 'length', 'stop-sequence', 'filtered'];
const newlines: readonly Newline[] = ['lf', 'crlf', 'cr'];

const readers: Readonly<Record<string, Reader>> = {
  fault: (value) => {
    const fault = parseFault(value);
    return fault && { faults: [fault], faultNames: [value] };
  },
  input: (value) => numbered(value, (inputTokens) => ({ inputTokens })),
  output: (value) => numbered(value, (outputTokens) => ({ answer: { outputTokens } })),
  reasoning: (value) => numbered(value, (reasoningTokens) => ({ answer: { reasoningTokens } })),
  'tool-calls': (value) => numbered(value, (toolCalls) => ({ answer: { toolCalls } })),
  text: (text) => ({ answer: { text } }),
  repeat: (value) => {
    const [, times, characters] = /^(\d{1,7}):(\d{1,6})$/.exec(value) ?? [];
    return times === undefined
      ? undefined
      : { answer: { repeat: { times: Number(times), characters: Number(characters) } } };
  },
  finish: (value) => oneOf(finishes, value, (finish) => ({ answer: { finish } })),
  cached: (value) => numbered(value, (read) => ({ cache: { read } })),
  'cache-write': (value) => numbered(value, (write5m) => ({ cache: { write5m } })),
  'cache-write-1h': (value) => numbered(value, (write1h) => ({ cache: { write1h } })),
  'cache-write-30m': (value) => numbered(value, (write30m) => ({ cache: { write30m } })),
  usage: (value) => oneOf(usageFaults, value, (usage) => ({ usage, faultNames: [`usage-${usage}`] })),
  'first-byte': (value) => numbered(value, (firstByteMs) => ({ firstByteMs })),
  delay: (value) => numbered(value, (chunkDelayMs) => ({ chunkDelayMs })),
  split: (value) => numbered(value, (bytes) => ({ splitBytes: Math.max(bytes, 1) })),
  newline: (value) => oneOf(newlines, value, (newline) => ({ newline })),
  bom: () => ({ byteOrderMark: true }),
  tier: (servedTier) => ({ servedTier }),
};

function numbered(value: string, read: (count: number) => Partial<Directives>): Partial<Directives> | undefined {
  return /^\d{1,7}$/.test(value) ? read(Number(value)) : undefined;
}

function oneOf<T extends string>(
  known: readonly T[],
  value: string,
  read: (value: T) => Partial<Directives>,
): Partial<Directives> | undefined {
  const found = known.find((name) => name === value);
  return found === undefined ? undefined : read(found);
}
