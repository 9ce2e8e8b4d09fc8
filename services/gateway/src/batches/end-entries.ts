// The ends of entries: on the books together, then told to rate-limit.
import { AttemptOutcome, type AttemptResult, type AttemptStarted, CallOutcome } from '@waybill/contracts';
import type { EventDraft } from '@waybill/event-log';
import { type Fault, faultOf } from '@waybill/kernel';
import { attemptEnded, callEnded } from '../core/records.ts';
import { type Settlement, settleEvidence, settleLost, type Terms } from '../core/settlement.ts';
import type { BatchDocument, BatchEntryDocument } from '../projections/batches.ts';
import { openAttemptIn } from '../projections/batches.ts';
import { journalOf } from '../usecases/journal.ts';
import { neverSent } from '../usecases/run-attempt.ts';
import { settleAttempt } from '../usecases/tell-limits.ts';
import { batchJournalOf } from './batch-journal.ts';
import type { BatchWorld } from './batch-world.ts';

/** How an entry came to its end. */
export interface EntryEnd {
  readonly started: AttemptStarted;
  readonly settlement: Settlement;
  readonly outcome: 'completed' | 'failed' | 'abandoned' | 'lost';
  readonly fault: Fault | undefined;
  readonly result: AttemptResult | undefined;
  readonly answerBytes: number;
}

const entriesPerAppend = 100;

/** Ends the entries that are open, each as `endOf` says; undefined leaves it open. */
export async function endEntries(
  world: BatchWorld,
  batch: BatchDocument,
  endOf: (started: AttemptStarted) => EntryEnd | undefined,
): Promise<void> {
  let afterKey: string | undefined;
  for (;;) {
    const page = await entriesOf(world, batch.batchId, afterKey);
    if (page.length === 0) return;
    afterKey = page.at(-1)!.callId;
    const ends = page.flatMap((entry) => {
      const started = openAttemptIn(entry);
      const end = started && endOf(started);
      return end === undefined ? [] : [end];
    });
    await write(
      world,
      ends.map((end) => draftsOf(world, batch, end)),
    );
    world.reached('batch_entries_ended', batch.batchId);
    await Promise.all(ends.map(({ settlement }) => settleAttempt(settlement.request, world.tell)));
    world.reached('batch_settled', batch.batchId);
  }
}

/** Entries by the ids of their calls. */
export async function entriesOf({ readModel }: BatchWorld, batchId: string, afterKey: string | undefined) {
  const query = { where: { batchId }, limit: entriesPerAppend, ...(afterKey !== undefined && { afterKey }) };
  const found = await readModel.partition.find('batch_entries', query);
  return found.map(({ document }) => document as BatchEntryDocument);
}

/** Every entry that is still open ends without having used anything, and the batch with them. */
export async function giveUpBatch(world: BatchWorld, batch: BatchDocument, because: Fault): Promise<void> {
  const { evidence } = neverSent(because);
  await endEntries(world, batch, (started) => {
    const settlement = settleEvidence(termsOfStarted(started), evidence);
    return { started, settlement, outcome: 'failed', fault: because, result: evidence.result, answerBytes: 0 };
  });
  await endBatch(world, batch, because);
}

/** What became of the entries is known to nobody, and never will be: each is booked at its hold. */
export async function loseBatch(world: BatchWorld, batch: BatchDocument, because: Fault): Promise<void> {
  await endEntries(world, batch, (started) => {
    const settlement = settleLost(termsOfStarted(started));
    return { started, settlement, outcome: 'lost', fault: because, result: undefined, answerBytes: 0 };
  });
  await endBatch(world, batch, because);
}

export async function endBatch(world: BatchWorld, batch: BatchDocument, because: Fault | undefined): Promise<void> {
  const { batchId, tenantId } = batch;
  await write(world, [[batchJournalOf({ batchId, tenantId, ...world.clock }).ended(because)]]);
}

export function termsOfStarted({ attemptId, attribution, modelId, priceCard, reservation }: AttemptStarted): Terms {
  return { attemptId, tenantId: attribution?.tenantId ?? '', modelId, priceCard, reservation: reservation ?? nothing };
}

const nothing: Terms['reservation'] = {
  inputTokensBound: 0,
  outputTokensBound: 0,
  holdPicoUsd: undefined,
  reserved: [],
  admittedAtMicros: 0n,
  notAfterMicros: 0n,
};

const outcomes = {
  completed: [AttemptOutcome.COMPLETED, CallOutcome.COMPLETED],
  failed: [AttemptOutcome.FAILED, CallOutcome.FAILED],
  abandoned: [AttemptOutcome.ABANDONED, CallOutcome.ABANDONED],
  lost: [AttemptOutcome.LOST, CallOutcome.LOST],
} as const;

function draftsOf({ clock }: BatchWorld, batch: BatchDocument, end: EntryEnd): readonly EventDraft[] {
  const { started, settlement, fault, result, answerBytes } = end;
  const { callId, attemptId, modelId, providerId } = started;
  const [ofAttempt, ofCall] = outcomes[end.outcome];
  const journal = journalOf({ callId, tenantId: batch.tenantId, nowMicros: clock.nowMicros });
  const ending = { settlement, fault, result, deliveredBytes: answerBytes, swept: end.outcome === 'lost' };
  const elapsedMs = Number((clock.nowMicros() - batch.openedAtMicros) / 1_000n);
  const call = callEnded(
    { callId, attribution: started.attribution! },
    {
      ...{ outcome: ofCall, fault, attempts: 1, modelId, providerId },
      durationMs: Math.min(Math.max(0, elapsedMs), 0xffff_ffff),
      overheadMicros: 0,
    },
  );
  return [
    journal.attemptEnded(attemptEnded(started, { outcome: ofAttempt, ...ending })),
    journal.callEnded(call, attemptId),
  ];
}

/** Together; one by one where somebody else has written one of them in other words, so that it keeps no other back. */
async function write({ producer }: BatchWorld, groups: readonly (readonly EventDraft[])[]): Promise<void> {
  if (groups.length === 0) return;
  try {
    await producer.append(groups.flat());
  } catch (thrown) {
    if (faultOf(thrown).details.reason !== 'other_content') throw thrown;
    if (groups.length > 1) for (const group of groups) await write({ producer } as BatchWorld, [group]);
  }
}
