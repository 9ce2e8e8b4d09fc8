// Makes one attempt at a provider, hands its parts on as they come, and brings home what can be known of it.
import { type AttemptRequest, type AttemptResponse, AttemptResult, type ReplyPart } from '@waybill/contracts';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { wasNotSent } from '@waybill/rpc';
import { answerBytesOf } from '../core/answer-bytes.ts';
import { toFault, toFaultMessage } from '../core/fault-message.ts';
import { neighbourAway } from '../core/neighbour-away.ts';
import { withoutKeys } from '../core/paused.ts';
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

/** What provider-adapter has after the attempt's own time is over to say how it went, milliseconds. */
const lastWordMs = 5_000;

const cutOff = fault('upstream', 'the attempt ended without a result');

/**
 * Never rejects: whatever happens is in the report. Time spent waiting for the next part is the provider's. What never
 * left for provider-adapter used nothing, and may be sent again.
 */
export async function runAttempt(run: AttemptRun): Promise<AttemptReport> {
  const { providers, request, signal, stopwatch } = run;
  const seen: Seen = { result: undefined, usageSoFar: undefined, answerBytes: 0, isLost: false };
  let broken: Fault | undefined;
  const timeoutMs = request.totalTimeoutMs + lastWordMs;
  const updates = providers.attempt(request, { signal, timeoutMs })[Symbol.asyncIterator]();
  try {
    for (let step = await stopwatch.elsewhere(updates.next()); !step.done; ) {
      const { update } = step.value;
      if (update?.$case === 'result') seen.result = update.value;
      for (const part of partsIn(update)) {
        const room = takePart(part, run, seen);
        if (room) await stopwatch.elsewhere(room);
      }
      step = await stopwatch.elsewhere(updates.next());
    }
  } catch (thrown) {
    const because = faultOf(thrown);
    updates.return?.()?.catch(() => undefined);
    if (signal.aborted && wasNotSent(because)) return neverSent(reasonOf(signal));
    if (wasNotSent(because)) return neverSent(neighbourAway('provider-adapter', because), { maySend: true });
    broken = signal.aborted ? reasonOf(signal) : because;
    seen.isLost = !signal.aborted && seen.result === undefined;
  }
  const { result } = seen;
  const told = result?.fault && withoutKeys(toFault(result.fault), result);
  return { evidence: seen, fault: told ?? (result ? undefined : (broken ?? cutOff)) };
}

type Seen = { -readonly [Field in keyof Evidence]: Evidence[Field] };

function partsIn(update: AttemptResponse['update']): readonly ReplyPart[] {
  if (update?.$case === 'parts') return update.value.parts;
  return update?.$case === 'part' ? [update.value] : [];
}

/** Returns what onPart does; usage and finish are put aside. */
function takePart(part: ReplyPart, run: AttemptRun, seen: Seen): Promise<void> | undefined {
  if (part.part?.$case === 'warning' && part.part.value.code === 'replayed') seen.replayed = true;
  if (part.part?.$case === 'usage') seen.usageSoFar = part.part.value;
  if (part.part?.$case === 'usage' || part.part?.$case === 'finish') return undefined;
  seen.answerBytes += answerBytesOf(part);
  return run.onPart(part, seen.answerBytes);
}

function reasonOf({ reason }: AbortSignal): Fault {
  return reason instanceof FaultError ? reason.fault : fault('cancelled', 'the attempt was cancelled');
}

/** The report of an attempt that was not sent out after all; whether it may be, another time. */
export function neverSent(because: Fault, { maySend = false } = {}): AttemptReport {
  const result = { ...AttemptResult.create(), fault: toFaultMessage(because), retrySame: maySend };
  return { evidence: { result, usageSoFar: undefined, answerBytes: 0, isLost: false }, fault: because };
}
