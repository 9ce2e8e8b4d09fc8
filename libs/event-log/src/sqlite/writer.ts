// The one writer of an event log: one batch, one transaction. Runs in a thread of its own, so it may block.
import type { DatabaseSync } from 'node:sqlite';
import type { Fault } from '@waybill/kernel';
import { epochSuperseded } from '../log-faults.ts';
import type { Position } from '../ports.ts';
import type { AppendRequest, ProducerStanding, WriteAnswer, WriteBatch, WriteOutcome } from './messages.ts';
import { isLasting, writeFault } from './store-faults.ts';
import { storeRows } from './store-rows.ts';
import { prepareStatements } from './writer-statements.ts';

/** The write-ahead log is copied into the file when this many of its pages (4 KiB) wait for it. */
const checkpointPages = 4_000n;

export interface Writer {
  /** Stores what can be stored of the batch in one commit; never throws. */
  write(batch: WriteBatch): WriteAnswer;
  /** Copies the write-ahead log into the file when it has grown; to be called when nobody waits for an answer. */
  tidy(): void;
}

export function createWriter(database: DatabaseSync): Writer {
  const statements = prepareStatements(database);
  const standings = new Map<string, ProducerStanding>();
  let end = lastPosition();
  let broken: Fault | undefined;

  function write(batch: WriteBatch): WriteAnswer {
    if (broken) return allRefused(batch, broken);
    try {
      statements.begin.run();
      const outcomes = batch.requests.map((request) => append(request, batch.envelopes));
      saveStandings(batch);
      const newEnd = lastPosition();
      statements.commit.run();
      end = newEnd;
      return { outcomes, end };
    } catch (error) {
      return allRefused(batch, givenUp(error));
    }
  }

  function append(request: AppendRequest, envelopes: Uint8Array): WriteOutcome {
    const { producerId, epoch, opensAfter } = request;
    const standing = standingOf(producerId);
    if (opensAfter && !isSame(opensAfter, standing)) return { kind: 'standing', standing };
    if (!opensAfter && epoch !== standing.epoch) return { kind: 'refused', fault: epochSuperseded(producerId, epoch) };
    statements.savepoint.run();
    const result = storeRows(statements, request, envelopes, opensAfter ? 0n : standing.lastNumber);
    if (result.kind === 'refused') statements.rollbackToSavepoint.run();
    statements.release.run();
    if (result.kind === 'refused') return result;
    standings.set(producerId, { epoch, lastNumber: result.lastNumber });
    return result;
  }

  function standingOf(producerId: string): ProducerStanding {
    const known = standings.get(producerId) ?? statements.standing.get(producerId);
    return (known as ProducerStanding | undefined) ?? { epoch: 0n, lastNumber: 0n };
  }

  function saveStandings(batch: WriteBatch): void {
    for (const producerId of new Set(batch.requests.map((request) => request.producerId))) {
      const { epoch, lastNumber } = standingOf(producerId);
      if (epoch > 0n) statements.saveStanding.run(producerId, epoch, lastNumber);
    }
  }

  function lastPosition(): Position {
    return statements.end.get()?.end as Position;
  }

  function givenUp(error: unknown): Fault {
    standings.clear();
    if (isLasting(error)) broken = writeFault(error);
    try {
      if (database.isTransaction) statements.rollback.run();
    } catch (rollbackError) {
      broken ??= writeFault(rollbackError);
    }
    return broken ?? writeFault(error);
  }

  function allRefused(batch: WriteBatch, reason: Fault): WriteAnswer {
    return { outcomes: batch.requests.map(() => ({ kind: 'refused', fault: reason })), end };
  }

  function tidy(): void {
    if (broken) return;
    try {
      const { log, checkpointed } = statements.walStanding.get() as { log: bigint; checkpointed: bigint };
      if (log - checkpointed >= checkpointPages) statements.checkpoint.get();
    } catch (error) {
      if (isLasting(error)) broken = writeFault(error);
    }
  }

  return { write, tidy };
}

function isSame(one: ProducerStanding, other: ProducerStanding): boolean {
  return one.epoch === other.epoch && one.lastNumber === other.lastNumber;
}
