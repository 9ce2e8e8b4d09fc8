// The caller's side of an answer, from its first part to its last, with the caller leaving whenever it likes.
import type { CallSummary, ReplyPart, Warning } from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import type { ConductedCall } from '../conduct.ts';
import { openPartQueue } from './part-queue.ts';

/** What is known of an answer when it begins. */
export type AnswerHead = Omit<ConductedCall, 'reportedModel' | 'warnings' | 'parts' | 'summary'>;

export interface Answer {
  /** Resolves when the answer has begun; rejects when it never does. */
  readonly begun: Promise<ConductedCall>;
  /** Aborts when the caller has left, stopped reading, or reads nothing for too long. */
  readonly gone: AbortSignal;
  begin(head: AnswerHead): void;
  /** Hands parts over. Wait for the promise, if there is one: the caller is behind. */
  deliver(parts: readonly ReplyPart[]): Promise<void> | undefined;
  /** The last parts; nothing comes after them. */
  finish(parts: readonly ReplyPart[], summary: CallSummary): void;
  fail(because: Fault, summary?: CallSummary): void;
}

export interface AnswerOptions {
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  /** Parts that may wait before the other side has to. */
  readonly waitingParts: number;
  readonly stallMs: number;
}

export function openAnswer({ signal, waitingParts, stallMs }: AnswerOptions): Answer {
  const queue = openPartQueue(waitingParts);
  const gone = new AbortController();
  const begun = Promise.withResolvers<ConductedCall>();
  begun.promise.catch(() => undefined);
  const seen = { reportedModel: '', warnings: [] as Warning[] };
  let ending: { readonly summary: CallSummary | undefined } | undefined;

  function leave(because: Fault): void {
    if (ending !== undefined) return;
    queue.cut(because);
    fail(because);
    gone.abort(new FaultError(because));
  }

  const callerLeft = () => leave(fault('cancelled', 'the caller has left'));

  function fail(because: Fault, summary?: CallSummary): void {
    if (ending !== undefined) return;
    ending = { summary };
    signal.removeEventListener('abort', callerLeft);
    queue.end(because);
    begun.reject(new FaultError(because));
  }

  async function untilRead(room: Promise<void>): Promise<void> {
    const stalled = () => leave(fault('timeout', 'the caller does not read its answer'));
    const timer = setTimeout(stalled, stallMs);
    await room;
    clearTimeout(timer);
  }

  function push(parts: readonly ReplyPart[]): void {
    for (const part of parts) {
      noteHeadFacts(part, seen);
      queue.push(part);
    }
  }

  if (signal.aborted) callerLeft();
  else signal.addEventListener('abort', callerLeft, { once: true });

  return {
    begun: begun.promise,
    gone: gone.signal,
    begin: (head) =>
      begun.resolve({
        ...head,
        warnings: seen.warnings,
        get reportedModel() {
          return seen.reportedModel;
        },
        parts: queue.read(callerLeft),
        summary: () => known(ending?.summary),
      }),
    deliver(parts) {
      if (ending !== undefined) return undefined;
      push(parts);
      const room = queue.room();
      return room && untilRead(room);
    },
    finish(parts, summary) {
      if (ending !== undefined) return;
      push(parts);
      ending = { summary };
      signal.removeEventListener('abort', callerLeft);
      queue.end();
    },
    fail,
  };
}

function noteHeadFacts({ part }: ReplyPart, seen: { reportedModel: string; readonly warnings: Warning[] }): void {
  if (part?.$case === 'warning') seen.warnings.push(part.value);
  if (part?.$case === 'started' && part.value.reportedModel !== '') seen.reportedModel = part.value.reportedModel;
}

function known(summary: CallSummary | undefined): CallSummary {
  if (summary === undefined) throw new Error('the summary of a call is known once its answer has ended');
  return summary;
}
