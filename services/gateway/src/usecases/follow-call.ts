// Takes one call from its ranking to its end. Runs on when the caller has left.
import { faultOf } from '@waybill/kernel';
import { advance, beginJourney, type JourneyEvent, type Step } from '../core/journey.ts';
import { boundsWithin } from '../core/plan.ts';
import type { CallUnderWay, EndedAttempt, JourneyWorld, RankedCall } from './call-under-way.ts';
import { toldFault } from './call-under-way.ts';
import { endAttempt, endCall } from './end-call.ts';
import { booksClosed } from './keep-books.ts';
import { observeAttempt } from './observe-attempt.ts';
import { conclude, prepareAttempt } from './prepare-attempt.ts';
import { findCandidates } from './rank-call.ts';
import { refuseCall } from './refuse-call.ts';
import { releaseAttempt } from './tell-limits.ts';
import { tryProvider } from './try-provider.ts';

/** Resolves when everything about the call is done; whatever goes wrong, the caller has been told by then. */
export async function followCall(world: JourneyWorld, call: CallUnderWay): Promise<void> {
  try {
    const ranked = await findCandidates(world, call);
    if (ranked) await follow(world, ranked);
  } catch (thrown) {
    const because = faultOf(thrown);
    world.alarm('call_broken', { call: call.facts.callId, err: because });
    call.answer.fail(toldFault(call, because, 0));
  }
}

/** What the attempts of a call have come to so far. */
interface Progress {
  readonly ended: EndedAttempt[];
  /** The end of the last one is not written yet. */
  lastIsOpen: boolean;
}

async function follow(world: JourneyWorld, call: RankedCall): Promise<void> {
  const { ranking, options } = call.ranked;
  const ofRoute = { retries: ranking.policy?.retries ?? 0, totalMs: world.settings.totalMs };
  const progress: Progress = { ended: [], lastIsOpen: false };
  const bounds = boundsWithin(ofRoute, call.incoming.wishes);
  let { journey, step } = beginJourney({ callId: call.facts.callId, options, ...bounds });
  for (;;) {
    const event = await perform(world, call, step, progress);
    if (event === undefined) return;
    ({ journey, step } = advance(journey, event));
  }
}

/** Does what a step says. Undefined when it was the last one. */
async function perform(
  world: JourneyWorld,
  call: RankedCall,
  step: Step,
  progress: Progress,
): Promise<JourneyEvent | undefined> {
  switch (step.kind) {
    case 'admit':
      if (!(await writeLast(world, call, progress))) return { kind: 'not_admitted', fault: booksClosed().fault };
      return prepareAttempt(world, call, step);
    case 'start':
      return start(world, call, step, progress);
    case 'refuse':
      return refuseCall(world, call, { ...step, selection: call.ranked.selection });
    case 'end': {
      const settlements = progress.ended.map(({ settlement }) => settlement);
      const last = progress.ended.at(-1)!;
      await endCall(world, call, { ...step, last, lastIsOpen: progress.lastIsOpen, settlements });
      return undefined;
    }
    default:
      return step satisfies never;
  }
}

/** False when the log keeps callers waiting: then there is no further attempt. */
async function writeLast(world: JourneyWorld, call: RankedCall, progress: Progress): Promise<boolean> {
  const last = progress.ended.at(-1);
  if (last === undefined) return true;
  progress.lastIsOpen = false;
  return endAttempt(world, call, last);
}

type StartStep = Extract<Step, { kind: 'start' }>;

async function start(
  world: JourneyWorld,
  call: RankedCall,
  { attempt }: StartStep,
  progress: Progress,
): Promise<JourneyEvent> {
  try {
    const before = progress.ended.at(-1);
    const ended = await observeAttempt(world, { call, attempt, before }, () => tryProvider(world, call, attempt));
    progress.ended.push(ended);
    progress.lastIsOpen = true;
    return { kind: 'attempt_over', attempt, conclusion: conclude(world, call, ended) };
  } catch (thrown) {
    const { tenantId } = call.facts.attribution;
    releaseAttempt({ attemptId: attempt.attemptId, tenantId }, world.tell);
    throw thrown;
  }
}
