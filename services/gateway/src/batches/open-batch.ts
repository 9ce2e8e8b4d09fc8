// Takes a batch in: every entry is admitted and on the books before the batch leaves, and it leaves once.
import { type AttemptStarted, type Attribution, SubmitBatchResponse } from '@waybill/contracts';
import type { EventDraft } from '@waybill/event-log';
import { attemptIdOf, type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { wasNotSent } from '@waybill/rpc';
import { stillHolds } from '../core/admitted.ts';
import { toFault, toFaultMessage } from '../core/fault-message.ts';
import type { Attempt } from '../core/journey.ts';
import { neighbourAway } from '../core/neighbour-away.ts';
import { callWithState } from '../core/provider-state.ts';
import { attemptStarted, callAdmitted } from '../core/records.ts';
import type { BatchDocument } from '../projections/batches.ts';
import { admitAttempt } from '../usecases/admit-attempt.ts';
import { momentOf } from '../usecases/call-under-way.ts';
import { journalOf } from '../usecases/journal.ts';
import { booksClosed } from '../usecases/keep-books.ts';
import { releaseAttempt } from '../usecases/tell-limits.ts';
import { batchJournalOf } from './batch-journal.ts';
import { type BatchWorld, catchUp, type IncomingBatch } from './batch-world.ts';
import { giveUpBatch } from './end-entries.ts';
import { type PlannedBatch, type PlannedEntry, planBatch } from './plan-batch.ts';

/** Admitted and written together: few enough that the first admission still holds when the last is there. */
const entriesPerStep = 50;
/** How long after it was asked for a batch may still be sent, milliseconds. */
const validForMs = 60_000;
/** For the submission with everything that provider-adapter does for it, milliseconds. */
const submitTimeoutMs = 300_000;

const never = new AbortController().signal;

/** What a repeat is known by. */
export interface BatchKey {
  readonly idempotencyKeyDigest: string;
  readonly requestDigest: Buffer;
}

const noKey: BatchKey = { idempotencyKeyDigest: '', requestDigest: Buffer.alloc(0) };

/** The id of the batch. Throws a FaultError when there is none: then nothing of it was used. */
export async function openBatch(world: BatchWorld, incoming: IncomingBatch, key: BatchKey = noKey): Promise<string> {
  if (!world.books.isOpen()) throw booksClosed();
  const batchId = world.newId('batch');
  const planned = await planBatch(world, incoming, batchId);
  world.underWay.add(batchId);
  try {
    await takeIn(world, { ...incoming, key }, planned);
    await submit(world, incoming, planned);
  } finally {
    world.underWay.delete(batchId);
  }
  return batchId;
}

async function takeIn(
  world: BatchWorld,
  incoming: IncomingBatch & { readonly key: BatchKey },
  planned: PlannedBatch,
): Promise<void> {
  const { batchId, providerId, providerKind, entries } = planned;
  const { attribution, dialect, endpoint, key, inputFileId = '', metadata = {} } = incoming;
  const payload = {
    ...{ batchId, attribution, dialect, endpoint, providerId, providerKind, inputFileId, metadata, ...key },
    entries: entries.length,
  };
  const opened = journalFor(world, incoming, batchId).opened(payload);
  for (let begin = 0; begin < entries.length; begin += entriesPerStep) {
    const step = entries.slice(begin, begin + entriesPerStep);
    const admitted = await admit(world, incoming, step);
    if (!admitted.ok) {
      if (begin > 0) await giveUp(world, batchId, admitted.fault);
      throw new FaultError(admitted.fault);
    }
    world.reached('batch_admitted', batchId);
    const drafts = admitted.attempts.flatMap((attempt, index) => draftsOf(world, batchId, step[index]!, attempt));
    await enter(world, begin === 0 ? [opened, ...drafts] : drafts);
    world.reached('batch_opened', batchId);
  }
}

type Admitted =
  | { readonly ok: true; readonly attempts: readonly Attempt[] }
  | { readonly ok: false; readonly fault: Fault };

/** All of them or none. */
async function admit(world: BatchWorld, incoming: IncomingBatch, step: readonly PlannedEntry[]): Promise<Admitted> {
  const asked = step.map(async ({ facts, option }) => {
    const attemptId = attemptIdOf(facts.callId, 1);
    const event = await admitAttempt(facts, {
      limits: world.neighbours.limits,
      timeoutMs: world.settings.admitTimeoutMs,
      ...{ clock: world.clock, sightings: world.sightings, gone: never, attemptId, options: [option] },
      maxCostPicoUsd: incoming.maxCostPicoUsd,
    });
    return { attemptId, event };
  });
  const answers = await Promise.all(asked);
  const attempts = answers.flatMap(({ attemptId, event }) =>
    event.kind === 'admitted' ? [{ ...event, attemptId, number: 1 }] : [],
  );
  const moment = momentOf(world.clock);
  const isWhole = attempts.length === step.length;
  if (isWhole && attempts.every((attempt) => stillHolds(attempt, moment))) return { ok: true, attempts };
  const { tenantId } = incoming.attribution;
  for (const { attemptId } of answers) releaseAttempt({ attemptId, tenantId }, world.tell);
  const refused = answers.find(({ event }) => event.kind === 'not_admitted')?.event;
  return { ok: false, fault: refused?.kind === 'not_admitted' ? refused.fault : ranOut };
}

const ranOut = fault('unavailable', 'the admissions of a batch ran out before it was on the books');

function draftsOf(world: BatchWorld, batchId: string, entry: PlannedEntry, attempt: Attempt): readonly EventDraft[] {
  const { facts, selection, inputTokensBound, customId } = entry;
  const { callId, attribution } = facts;
  const journal = journalOf({ callId, tenantId: attribution.tenantId, nowMicros: world.clock.nowMicros });
  const started: AttemptStarted = attemptStarted(facts, attempt);
  return [
    journal.admitted({ ...callAdmitted(facts, selection, inputTokensBound), batchId, customId }),
    journal.started(started),
  ];
}

/** Where it takes too long, whoever follows batches ends what comes to be written. */
async function enter({ books }: BatchWorld, drafts: readonly EventDraft[]): Promise<void> {
  if (!(await books.enter(drafts).inTime)) throw booksClosed();
}

/** Where nobody knows whether the provider has it, it is looked up later on: the batch is open all the same. */
async function submit(world: BatchWorld, incoming: IncomingBatch, planned: PlannedBatch): Promise<void> {
  const { batchId } = planned;
  const journal = journalFor(world, incoming, batchId);
  await enter(world, [journal.submitting()]);
  world.reached('batch_submitting', batchId);
  const { fault: failed, mayExist, batch } = await send(world, incoming.attribution, planned);
  world.reached('batch_sent', batchId);
  if (batch !== undefined) {
    await world.books.enter([journal.submitted({ ...batch, found: false })]).inTime;
    world.reached('batch_submitted', batchId);
    return;
  }
  if (mayExist) return;
  const because = failed ? toFault(failed) : faultOf(undefined);
  await giveUp(world, batchId, because);
  throw new FaultError(because);
}

async function send(
  { neighbours }: BatchWorld,
  { tenantId }: Attribution,
  planned: PlannedBatch,
): Promise<SubmitBatchResponse> {
  const { batchId, providerId, providerKind } = planned;
  const entries = planned.entries.map(({ facts, option }) => ({
    callId: facts.callId,
    call: callWithState(facts.call, providerKind).call,
    upstreamModel: option.candidate.upstreamModel,
    modelId: option.candidate.modelId,
    maxOutputTokens: option.outputCap,
  }));
  try {
    const request = { batchId, tenantId, providerId, entries, validForMs };
    return await neighbours.providers.submitBatch(request, { timeoutMs: submitTimeoutMs });
  } catch (thrown) {
    const because = faultOf(thrown);
    const isAway = wasNotSent(because);
    const told = isAway ? neighbourAway('provider-adapter', because) : because;
    return { ...SubmitBatchResponse.create(), fault: toFaultMessage(told), mayExist: !isAway };
  }
}

async function giveUp(world: BatchWorld, batchId: string, because: Fault): Promise<void> {
  await catchUp(world);
  const [batch] = await world.readModel.partition.getMany([{ collection: 'batches', key: batchId }]);
  if (batch !== undefined) await giveUpBatch(world, batch as BatchDocument, because);
}

function journalFor({ clock }: BatchWorld, { attribution }: IncomingBatch, batchId: string) {
  return batchJournalOf({ batchId, tenantId: attribution.tenantId, nowMicros: clock.nowMicros });
}
