// How far a partition has come, and the one step that takes it further: fold a batch, commit it once.
import type { Position, StoredEvent } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { foldBatch, loadPlanned, planBatch } from './fold.ts';
import type { Projection, ProjectionCommit, ProjectionPartition, QuarantinedEvent } from './ports.ts';

export interface Progress {
  /** Everything up to here is folded in and committed. */
  readonly checkpoint: Position;
  /** How many of the last events in a row were poison. */
  readonly poisonInRow: number;
}

export interface Advance {
  readonly projection: Projection;
  readonly partition: ProjectionPartition;
  readonly maxPoisonInRow: number;
  /** How the store is used: once, or again after a failure that passes. The work is told how often it was tried. */
  readonly trying: <Value>(work: (triedBefore: number) => Promise<Value>) => Promise<Value>;
  /** Told of each event that went to quarantine, once it is committed. */
  readonly onQuarantined: (event: QuarantinedEvent) => void;
}

/** Where the partition stands. A log that ends in poison counts on from what is in quarantine already. */
export async function storedProgress(partition: ProjectionPartition): Promise<Progress> {
  const checkpoint = await partition.checkpoint();
  const quarantined = await partition.quarantine();
  const endsInPoison = quarantined.at(-1)?.position === checkpoint;
  return { checkpoint, poisonInRow: endsInPoison ? quarantined.length : 0 };
}

/**
 * Folds the events in and commits them. Throws a FaultError: `conflict` when somebody else moved the checkpoint,
 * `internal` when too many poison events came in a row (those before are committed).
 */
export async function advance(from: Progress, events: readonly StoredEvent[], context: Advance): Promise<Progress> {
  const { projection, partition, maxPoisonInRow, trying } = context;
  const planned = planBatch(projection, events);
  const loaded = await trying(() => loadPlanned(partition, planned));
  const folded = foldBatch(projection, planned, loaded, { poisonInRow: from.poisonInRow, maxPoisonInRow });
  const checkpoint = folded.taken.at(-1)?.position ?? from.checkpoint;
  const { writes, quarantined, poisonInRow } = folded;
  if (folded.taken.length > 0) {
    await commitOnce({ expectedCheckpoint: from.checkpoint, checkpoint, writes, quarantined }, context);
    quarantined.forEach(context.onQuarantined);
  }
  if (folded.halted) throw poisonFault(projection, checkpoint, maxPoisonInRow);
  return { checkpoint, poisonInRow };
}

/** Commits; when an earlier try failed and yet took effect, the stored checkpoint tells. */
async function commitOnce(commit: ProjectionCommit, { projection, partition, trying }: Advance): Promise<void> {
  const done = await trying(async (triedBefore) => {
    if (await partition.commit(commit)) return true;
    return triedBefore > 0 && (await partition.checkpoint()) === commit.checkpoint;
  });
  if (!done) throw fencedFault(projection, commit);
}

function fencedFault({ name, version }: Projection, { expectedCheckpoint }: ProjectionCommit): FaultError {
  const message =
    `the checkpoint of projection ${name} version ${version} is no longer ${expectedCheckpoint}: ` +
    'another writer is at work on it, or it was dropped; this one stops';
  return new FaultError(fault('conflict', message, { details: { projection: name, reason: 'fenced' } }));
}

function poisonFault({ name, version }: Projection, checkpoint: Position, limit: number): FaultError {
  const message =
    `projection ${name} version ${version} stops after position ${checkpoint}: ` +
    `more than ${limit} events in a row could not be folded in; the quarantine has the reasons`;
  return new FaultError(fault('internal', message, { details: { projection: name, reason: 'poison' } }));
}
