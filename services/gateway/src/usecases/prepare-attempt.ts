// Before an attempt: pause and admission. After it: what the next step depends on.
import { setTimeout as sleep } from 'node:timers/promises';
import { fault, faultOf } from '@waybill/kernel';
import { stillHolds } from '../core/admitted.ts';
import type { Conclusion, JourneyEvent, Step } from '../core/journey.ts';
import { admitAttempt } from './admit-attempt.ts';
import { type EndedAttempt, type JourneyWorld, momentOf, type RankedCall } from './call-under-way.ts';
import { releaseAttempt } from './tell-limits.ts';
import { outcomeOf } from './try-provider.ts';

type AdmitStep = Extract<Step, { kind: 'admit' }>;

/** Waits as long as it has to be and asks for admission. What was reserved in vain is given back. */
export async function prepareAttempt(world: JourneyWorld, call: RankedCall, step: AdmitStep): Promise<JourneyEvent> {
  const { attemptId, options, waitMs } = step;
  const { tenantId } = call.facts.attribution;
  const { answer } = call;
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: answer.gone }).catch(() => undefined);
  if (answer.gone.aborted) return left(call);
  const event = await admitAttempt(call.facts, {
    limits: world.neighbours.limits,
    timeoutMs: world.settings.admitTimeoutMs,
    clock: world.clock,
    sightings: world.sightings,
    gone: answer.gone,
    attemptId,
    options,
    maxCostPicoUsd: call.incoming.maxCostPicoUsd,
  });
  const checked = stillWanted(world, call, event);
  const mayBeReserved = event.kind === 'admitted' || event.refusal === undefined;
  if (checked.kind !== 'admitted' && mayBeReserved) releaseAttempt({ attemptId, tenantId }, world.tell);
  if (checked.kind === 'admitted') world.reached('admitted', call.facts.callId);
  return checked;
}

type Admission = Awaited<ReturnType<typeof admitAttempt>>;

function stillWanted({ clock }: JourneyWorld, call: RankedCall, event: Admission): JourneyEvent {
  if (event.kind !== 'admitted') return event;
  if (call.answer.gone.aborted) return left(call);
  if (stillHolds(event, momentOf(clock))) return event;
  return { kind: 'not_admitted', fault: fault('unavailable', 'the admission ran out before the call could go out') };
}

function left({ answer }: RankedCall): JourneyEvent {
  return { kind: 'caller_left', fault: faultOf(answer.gone.reason) };
}

/** What the next step depends on. An attempt whose process is about to end is not followed by another. */
export function conclude(world: JourneyWorld, call: RankedCall, { report, delivery }: EndedAttempt): Conclusion {
  const { fault: because, evidence } = report;
  const mayRetry = !world.halt.aborted;
  const isUnheard = evidence.result === undefined && because?.kind === 'unavailable';
  return {
    outcome: outcomeOf(call, report),
    fault: because,
    retrySame: mayRetry && (evidence.result?.retrySame ?? isUnheard),
    retryOther: mayRetry && (evidence.result?.retryOther ?? isUnheard),
    retryNow: mayRetry && evidence.result?.retryNow === true,
    delivered: delivery.hasBegun,
    tookMs: evidence.result?.timings?.totalMs ?? 0,
    elapsedMs: call.stopwatch.elapsedMs(),
    random: world.random(),
  };
}
