// Builds the states of partitions: the snapshot as far as it has come, the log from there to its end, and the log's
// last minute. The snapshot may be behind, and may move on while it is read.
import type { EventReader, Position, StoredEvent } from '@waybill/event-log';
import { FaultError, fault, faultOf } from '@waybill/kernel';
import type { ProjectionPartition } from '@waybill/projections';
import { type AttemptBegun, type AttemptOver, bookingOf, reservationOf } from '../core/heard.ts';
import type { Partitioning } from '../core/partition.ts';
import { dayOf, periodAt } from '../core/period.ts';
import { countInMinutes, keep, letGo } from '../core/reservation.ts';
import { book } from '../core/settle.ts';
import { advance, initialState, type LimitState, ratesFor } from '../core/state.ts';
import { adjustMinute } from '../core/window.ts';
import { type OpenDocument, type RecentDocument, type SpendDocument, spendKeyOf } from '../projections/standing.ts';
import { factOf, factTypes } from './log-facts.ts';

export interface RestoreSources {
  readonly partitioning: Partitioning;
  readonly snapshot: ProjectionPartition;
  readonly log: EventReader;
  readonly nowMicros: bigint;
  /** Told of an event that cannot be read; the snapshot has it in quarantine. */
  onUnreadable(event: StoredEvent, reason: unknown): void;
}

export interface Restored {
  readonly states: ReadonlyMap<number, LimitState>;
  /** The last event that may matter and is taken into account. */
  readonly position: Position;
}

const minuteMicros = 62_000_000n;
const dayMicros = 86_400_000_000n;

/** The states as they were when the last durable event had been written. Throws what the store and the log throw. */
export async function restoreStates(partitions: readonly number[], sources: RestoreSources): Promise<Restored> {
  const { snapshot, log, partitioning } = sources;
  const end = await log.end();
  const checkpoint = await snapshot.checkpoint();
  if (end < checkpoint) throw shortLog(end, checkpoint);
  const restoring = partitions.map((partition) => {
    const state = initialState(partitioning.rulesOf(partition));
    return { state, slots: partitioning.slotsOf(partition), checkpoint, sumsTo: new Map(), begun: new Map() };
  });
  for (const one of restoring) await readSnapshot(one, sources);
  const byPartition = new Map(restoring.map((one, index) => [partitions[index]!, one]));
  const from = await firstPosition(sources, checkpoint);
  let position = checkpoint;
  for await (const batch of log.read(from, { types: factTypes })) {
    for (const event of batch) {
      const one = byPartition.get(partitioning.partitionOf(event.envelope.tenantId));
      if (one) recall(one, event, sources);
      if (event.position > position) position = event.position;
    }
  }
  for (const { state } of restoring) advance(state, sources.nowMicros);
  return { states: new Map([...byPartition].map(([partition, { state }]) => [partition, state])), position };
}

function shortLog(end: Position, checkpoint: Position): FaultError {
  const message = `the log ends at ${end}, before the checkpoint ${checkpoint} of limit_standing: events are missing`;
  return new FaultError(fault('conflict', message, { details: { reason: 'short_log' } }));
}

/** A partition on its way back. */
interface Restoring {
  readonly state: LimitState;
  readonly slots: readonly number[];
  /** How far the snapshot had come before it was read: it holds everything up to there, and maybe more. */
  readonly checkpoint: Position;
  /** How far each of its sums has come. */
  readonly sumsTo: Map<string, Position>;
  /** Tokens reserved for attempts whose start was read, by attempt. */
  readonly begun: Map<string, number>;
}

async function readSnapshot({ state, slots, sumsTo }: Restoring, sources: RestoreSources): Promise<void> {
  const { snapshot, nowMicros } = sources;
  const from = firstDay(state, nowMicros);
  for (const slot of slots.map(BigInt)) {
    for (const { document } of await snapshot.find('open', { where: { slot } })) {
      const open = document as OpenDocument;
      keep(state, reservationOf({ ...open, tokens: Number(open.tokens) }));
      advance(state, open.atMicros);
    }
    const days = { where: { slot }, range: { field: 'day', from } };
    for (const { key, document } of await snapshot.find('spend', days)) {
      const { day, subject, spentPicoUsd, uncertainPicoUsd, position } = document as SpendDocument;
      const atMicros = BigInt(Date.parse(`${day}T00:00:00Z`)) * 1000n;
      const money = { spentPicoUsd: BigInt(spentPicoUsd), uncertainPicoUsd: BigInt(uncertainPicoUsd) };
      book(state, { subject, atMicros, ...money });
      sumsTo.set(key, position);
    }
  }
}

/** The day from which spend counts: the earliest in a period that is open, or in which a call may still end. */
function firstDay({ rules }: LimitState, nowMicros: bigint): string {
  let first = nowMicros;
  for (const { period } of rules.budgets) {
    const { startMicros } = periodAt(period, nowMicros - dayMicros);
    if (startMicros < first) first = startMicros;
  }
  return dayOf(first);
}

/** Where to read from: what the snapshot does not have, and everything that was admitted in the last minute. */
async function firstPosition({ snapshot, nowMicros }: RestoreSources, checkpoint: Position): Promise<Position> {
  const [document] = await snapshot.getMany([{ collection: 'recent', key: 'recent' }]);
  const since = nowMicros - minuteMicros;
  const first = (document as RecentDocument | undefined)?.seconds.find(({ second }) => second * 1_000_000n >= since);
  return first === undefined || first.before > checkpoint ? checkpoint : first.before;
}

function recall(restoring: Restoring, event: StoredEvent, { onUnreadable }: RestoreSources): void {
  try {
    const fact = factOf(event);
    if (fact.kind === 'begun') recallBegun(restoring, event, fact.begun);
    else if (fact.kind === 'over') recallOver(restoring, fact.over, isNew(restoring, event, spendKeyOf(fact.ended)));
    else if (isNew(restoring, event, spendKeyOf(fact.corrected))) {
      const { subject, atMicros, differencePicoUsd, releasedPicoUsd } = fact.revised;
      book(restoring.state, { subject, atMicros, spentPicoUsd: differencePicoUsd, uncertainPicoUsd: -releasedPicoUsd });
    }
  } catch (thrown) {
    onUnreadable(event, faultOf(thrown));
  }
}

/** Whether the sum that the event belongs to does not have it yet. */
function isNew({ checkpoint, sumsTo }: Restoring, { position }: StoredEvent, key: string): boolean {
  return position > checkpoint && position > (sumsTo.get(key) ?? 0n);
}

function recallBegun({ state, begun, checkpoint }: Restoring, { position }: StoredEvent, fact: AttemptBegun): void {
  begun.set(fact.attemptId, fact.tokens);
  advance(state, fact.atMicros);
  countInMinutes(state, fact);
  if (position > checkpoint && !state.reservations.has(fact.attemptId)) keep(state, reservationOf(fact));
}

function recallOver({ state, begun }: Restoring, over: AttemptOver, isNewSpend: boolean): void {
  const { attemptId, atMicros, tokens } = over;
  const reservation = state.reservations.get(attemptId);
  const reserved = reservation?.tokens ?? begun.get(attemptId);
  if (reservation) letGo(state, reservation, tokens ?? reservation.tokens);
  else if (reserved !== undefined) {
    for (const { rule, minute } of ratesFor(state, over)) {
      if (rule.kind === 'tokens') adjustMinute(minute, atMicros, (tokens ?? reserved) - reserved);
    }
  }
  if (isNewSpend) book(state, bookingOf(over));
}
