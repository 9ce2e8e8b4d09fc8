// One attempt: written down first, then sent, then followed to its end whether or not the caller stays.
import { AttemptOutcome, type AttemptRequest, type Call, type ReplyPart } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { Drained } from '../config.ts';
import { spanLeftMs, stillHolds } from '../core/admitted.ts';
import type { Attempt } from '../core/journey.ts';
import { callWithState, markState } from '../core/provider-state.ts';
import { attemptEnded, attemptStarted, callAdmitted, termsOf } from '../core/records.ts';
import { settleEvidence } from '../core/settlement.ts';
import { type EndedAttempt, type JourneyWorld, momentOf, type RankedCall, toldFault } from './call-under-way.ts';
import { openDelivery } from './deliver-answer.ts';
import { booksClosed } from './keep-books.ts';
import { type AttemptReport, neverSent, runAttempt } from './run-attempt.ts';

/** Rejects only when the attempt's start never became durable: then nothing went out. */
export async function tryProvider(world: JourneyWorld, call: RankedCall, attempt: Attempt): Promise<EndedAttempt> {
  const delivery = openDelivery(world, call, attempt);
  const isSoon = await writeStart(world, call, attempt);
  const report = isSoon ? await sendUnlessTooLate(world, call, attempt, delivery.take) : neverSent(booksClosed().fault);
  world.reached('provider_ended', call.facts.callId);
  const { evidence } = report;
  const settlement = settleEvidence(termsOf(call.facts, attempt), evidence);
  const ending = {
    outcome: outcomeOf(call, report),
    fault: report.fault,
    settlement,
    result: evidence.result,
    deliveredBytes: evidence.answerBytes,
    swept: false,
  };
  const draft = call.journal.attemptEnded(attemptEnded(attemptStarted(call.facts, attempt), ending));
  return { attempt, report, settlement, draft, delivery: delivery.delivered() };
}

export function outcomeOf({ answer }: RankedCall, { fault: because }: AttemptReport): AttemptOutcome {
  if (answer.gone.aborted) return AttemptOutcome.ABANDONED;
  return because === undefined ? AttemptOutcome.COMPLETED : AttemptOutcome.FAILED;
}

/** False when it took so long that the caller was told no. */
async function writeStart(world: JourneyWorld, call: RankedCall, attempt: Attempt): Promise<boolean> {
  const { facts, journal, ranked, answer } = call;
  // A draft has the time of its making: they are made in the order in which they are told.
  const admitted = () => journal.admitted(callAdmitted(facts, ranked.selection, ranked.inputTokensBound));
  const before = attempt.number === 1 ? [admitted()] : [];
  const entry = world.books.enter([...before, journal.started(attemptStarted(facts, attempt))]);
  if (await entry.inTime) {
    world.reached('first_commit_done', facts.callId);
    return true;
  }
  answer.fail(toldFault(call, booksClosed().fault, attempt.number - 1));
  await entry.durable;
  return false;
}

type Take = (part: ReplyPart) => Promise<void> | undefined;

async function sendUnlessTooLate(
  world: JourneyWorld,
  call: RankedCall,
  attempt: Attempt,
  take: Take,
): Promise<AttemptReport> {
  if (call.answer.gone.aborted) return neverSent(fault('cancelled', 'the caller has left'));
  if (world.halt.aborted) return neverSent(shuttingDown().fault);
  if (!stillHolds(attempt, momentOf(world.clock))) {
    return neverSent(fault('timeout', 'the admission ran out before the call could go out'), { maySend: true });
  }
  world.reached('provider_called', call.facts.callId);
  return send(world, call, attempt, take);
}

async function send(world: JourneyWorld, call: RankedCall, attempt: Attempt, take: Take): Promise<AttemptReport> {
  const { neighbours, settings, reached, sightings } = world;
  const { answer, stopwatch, facts } = call;
  const cut = new AbortController();
  const { providerKind, providerId } = attempt.option.candidate;
  const { drainMs, drainBytes } = settings.drains.get(providerId) ?? settings;
  const stopWatching = watchForCut(call, cut, { halt: world.halt, drainMs });
  const sent = callWithState(call.incoming.call, providerKind);
  const totalMs = Math.min(settings.totalMs, call.incoming.wishes?.timeoutMs ?? settings.totalMs);
  for (const value of sent.warnings) await take({ part: { $case: 'warning', value } });
  let bytesWhenLeft: number | undefined;
  const report = await runAttempt({
    providers: neighbours.providers,
    request: attemptRequest(sent.call, attempt, {
      tenantId: facts.attribution.tenantId,
      leftMs: Math.max(1, totalMs - stopwatch.elapsedMs()),
      validForMs: spanLeftMs(attempt, momentOf(world.clock)),
    }),
    stopwatch,
    signal: cut.signal,
    onPart(part, answerBytes) {
      reached('part', facts.callId);
      if (answer.gone.aborted) {
        bytesWhenLeft ??= answerBytes;
        if (answerBytes - bytesWhenLeft > drainBytes) cut.abort(answer.gone.reason);
      }
      return take(markState(part, providerKind));
    },
  });
  stopWatching();
  if (!cut.signal.aborted) sightings.note('provider-adapter', hasAnswered(report));
  return report;
}

function hasAnswered({ evidence, fault: because }: AttemptReport): boolean {
  return evidence.result !== undefined && because?.details.reason !== 'neighbour_away';
}

/** A caller that leaves gives the provider a while to come to its end and say what it used; as long as its billing is worth. */
function watchForCut(
  { answer }: RankedCall,
  cut: AbortController,
  { halt, drainMs }: Pick<JourneyWorld, 'halt'> & Pick<Drained, 'drainMs'>,
): () => void {
  let patience: NodeJS.Timeout | undefined;
  const onGone = () => {
    patience = setTimeout(() => cut.abort(answer.gone.reason), drainMs);
  };
  const onHalt = () => cut.abort(shuttingDown());
  answer.gone.addEventListener('abort', onGone, { once: true });
  halt.addEventListener('abort', onHalt, { once: true });
  return () => {
    clearTimeout(patience);
    answer.gone.removeEventListener('abort', onGone);
    halt.removeEventListener('abort', onHalt);
  };
}

interface Bounds {
  readonly tenantId: string;
  readonly leftMs: number;
  readonly validForMs: number;
}

function attemptRequest(call: Call, attempt: Attempt, bounds: Bounds): AttemptRequest {
  const { modelId, providerId, upstreamModel, pinnedVersion } = attempt.option.candidate;
  return {
    attemptId: attempt.attemptId,
    modelId,
    pinnedVersion,
    providerId,
    upstreamModel,
    call,
    maxOutputTokens: attempt.option.outputCap,
    notAfterMicros: attempt.admission.notAfterMicros,
    validForMs: bounds.validForMs,
    totalTimeoutMs: Math.round(bounds.leftMs),
    tenantId: bounds.tenantId,
  };
}

function shuttingDown(): FaultError {
  return new FaultError(fault('unavailable', 'Waybill is shutting down', { details: { reason: 'shutting_down' } }));
}
