// Makes one attempt at a provider, hands its parts on as they come, and brings home what can be known of it.
import { type AttemptRequest, AttemptResult, type ReplyPart, type Usage } from '@waybill/contracts';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { answerBytesOf } from '../core/answer-bytes.ts';
import { toFault, toFaultMessage } from '../core/fault-message.ts';
import type { Evidence } from '../core/settlement.ts';
import type { Neighbours } from '../ports.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface AttemptRun {
  readonly providers: Neighbours['providers'];
  readonly request: AttemptRequest;
  readonly stopwatch: Stopwatch;
  /** Cancels the attempt at the provider; its reason is a FaultError. */
  readonly signal: AbortSignal;
  /**
   * Told of each part, usage and finish aside: they are in the evidence. A promise makes the provider wait.
   * A throw of a FaultError gives the attempt up.
   */
  onPart(part: ReplyPart, answerBytes: number): Promise<void> | undefined;
}

/** What an attempt came to. */
export interface AttemptReport {
  readonly evidence: Evidence;
  /** Undefined when the answer is complete. */
  readonly fault: Fault | undefined;
}

/** Never rejects: whatever happens is in the report. */
export async function runAttempt(run: AttemptRun): Promise<AttemptReport> {
  const seen = { result: undefined as AttemptResult | undefined, usageSoFar: undefined as Usage | undefined };
  let answerBytes = 0;
  let broken: Fault | undefined;
  try {
    for await (const part of partsOf(run, seen)) {
      if (part.part?.$case === 'usage') seen.usageSoFar = part.part.value;
      else if (part.part?.$case !== 'finish') {
        answerBytes += answerBytesOf(part);
        const room = run.onPart(part, answerBytes);
        if (room) await run.stopwatch.elsewhere(room);
      }
    }
  } catch (thrown) {
    broken = run.signal.aborted ? reasonOf(run.signal) : faultOf(thrown);
  }
  const { result } = seen;
  const told = result?.fault && toFault(result.fault);
  return { evidence: { ...seen, answerBytes }, fault: told ?? (result ? undefined : (broken ?? cutOff)) };
}

/** What provider-adapter has after the attempt's own time is over to say how it went, milliseconds. */
const lastWordMs = 5_000;

const cutOff = fault('upstream', 'the attempt ended without a result');

/** The parts of the answer; the result is put aside. Time spent waiting for the next one is the provider's. */
async function* partsOf(
  { providers, request, signal, stopwatch }: AttemptRun,
  seen: { result: AttemptResult | undefined },
): AsyncGenerator<ReplyPart> {
  const timeoutMs = request.totalTimeoutMs + lastWordMs;
  const updates = providers.attempt(request, { signal, timeoutMs })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await stopwatch.elsewhere(updates.next());
      if (done) return;
      if (value.update?.$case === 'result') seen.result = value.update.value;
      else if (value.update?.$case === 'part') yield value.update.value;
    }
  } finally {
    updates.return?.()?.catch(() => undefined);
  }
}

function reasonOf({ reason }: AbortSignal): Fault {
  return reason instanceof FaultError ? reason.fault : fault('cancelled', 'the attempt was cancelled');
}

/** The report of an attempt that was not sent out after all. */
export function neverSent(because: Fault): AttemptReport {
  const result = { ...AttemptResult.create(), fault: toFaultMessage(because), retrySame: because.kind === 'timeout' };
  return { evidence: { result, usageSoFar: undefined, answerBytes: 0 }, fault: because };
}
