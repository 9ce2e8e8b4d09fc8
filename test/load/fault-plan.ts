// The faults that a provider can have, and what a caller may see of each.

/** `complete`: noise that a reader has to skip. `broken`: nothing that ends a success may follow. `either`: as the wire has it. */
export type Verdict = 'complete' | 'broken' | 'either';

export interface FaultCase {
  /** The simulator's directives. */
  readonly directives: string;
  readonly stream: Verdict;
  /** Of an answer in one piece. */
  readonly whole: Verdict;
  /** Attempts at the one model that has it. */
  readonly mostAttempts: number;
  /** What is different on Ollama's wire, whose streams are lines of JSON, and whose limits do not say for how long. */
  readonly onOllama?: Partial<Pick<FaultCase, 'stream' | 'mostAttempts'>>;
  /** The question comes with a tool, and the answer is so many calls of it. */
  readonly toolCalls?: number;
}

/** Further attempts are two for a model that is asked for by its own name. */
const retried = 3;

const broken = (...directives: string[]) => directives.map((each) => fault(each, 'broken', 'broken'));
const once = (...directives: string[]) => broken(...directives).map((each) => ({ ...each, mostAttempts: 1 }));
const harmless = (...directives: string[]) => directives.map((each) => fault(each, 'complete', 'complete'));
/** What only a stream has. */
const streamed = (verdict: Verdict, ...directives: string[]) =>
  directives.map((each) => fault(each, verdict, 'either'));

/** Answers that are two calls of a tool. */
const calling = (cases: readonly FaultCase[]) =>
  cases.map((each) => ({ ...each, directives: `tool-calls=2&${each.directives}`, toolCalls: 2 }));

function fault(directives: string, stream: Verdict, whole: Verdict): FaultCase {
  return { directives, stream, whole, mostAttempts: retried };
}

/** By the rows of the list of failures that they stand for. */
export const faultCases: readonly FaultCase[] = [
  // Limits, with every way to say for how long.
  ...broken('fault=rate-limit:seconds:1', 'fault=rate-limit:milliseconds:1', 'fault=rate-limit:date:1'),
  ...broken(
    'fault=rate-limit:none',
    'fault=rate-limit:negative',
    'fault=rate-limit:garbled',
    'fault=rate-limit:reset:1',
  ),
  ...once('fault=rate-limit:seconds:3600').map((each) => ({ ...each, onOllama: { mostAttempts: retried } })),
  ...broken('fault=rate-limit:absurd', 'fault=rate-limit:per-day'),
  // Refused or failed before the answer.
  ...broken('fault=server-error', 'fault=bad-gateway', 'fault=unavailable', 'fault=timeout', 'fault=overloaded'),
  ...broken('fault=status:504', 'fault=conflict', 'fault=status:408'),
  ...once('fault=invalid', 'fault=context-length', 'fault=unprocessable', 'fault=too-large'),
  ...once('fault=not-found', 'fault=forbidden'),
  ...broken('fault=reset', 'fault=close'),
  // Silence, before and after the beginning, and a drip.
  ...once('fault=stall', 'fault=stall-after:9', 'fault=drip:1:200'),
  // Cut off.
  ...broken('fault=reset-after:9', 'fault=close-after:9'),
  ...streamed('broken', 'fault=end-after:9', 'fault=cut-frame:9', 'fault=no-terminator'),
  ...streamed(
    'broken',
    'split=1&fault=end-after:9',
    'newline=crlf&fault=cut-frame:9',
    'fault=no-terminator&fault=pings',
  ),
  // Frames that are none.
  ...broken('fault=malformed-frame:9'),
  ...streamed('broken', 'fault=huge-line:9000000'),
  ...harmless('fault=comments', 'fault=pings', 'fault=unknown-events', 'newline=crlf', 'split=1', 'bom='),
  // A return alone ends no line of JSON.
  ...harmless('newline=cr').map((each) => ({ ...each, onOllama: { stream: 'broken' as const } })),
  ...harmless('fault=duplicate-terminator', 'split=3&newline=crlf&bom=&fault=comments', 'fault=close-after-reply'),
  ...streamed('either', 'fault=no-final-blank'),
  // A success that is none.
  ...broken('fault=html-200', 'fault=error-200', 'fault=empty-200'),
  ...streamed('either', 'fault=wrong-content-type'),
  ...streamed('broken', 'fault=error-frame:9'),
  // Usage that is wrong leaves the answer right.
  ...harmless('usage=missing', 'usage=null', 'usage=empty', 'usage=strings', 'usage=negative', 'usage=fraction'),
  ...harmless('usage=huge', 'usage=zero', 'usage=mismatch', 'usage=partial-nulls'),
  // Calls of tools, which are dropped or cut as easily.
  ...calling(harmless('fault=pings', 'split=1&newline=crlf', 'usage=missing')),
  ...calling(broken('fault=reset-after:1')),
  ...calling(
    streamed('broken', 'fault=end-after:1', 'fault=cut-frame:1', 'fault=no-terminator', 'fault=error-frame:1'),
  ),
  // Every way to end.
  ...harmless('finish=length', 'reasoning=20'),
  ...streamed('either', 'finish=filtered'),
];
