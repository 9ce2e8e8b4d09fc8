// Keeps a read model up to date by whichever of several processes is in charge of it; the others stand by.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@waybill/event-log';
import { faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { ProjectionPartition } from '../ports.ts';
import type { RunProjectionOptions } from '../runner.ts';
import { newerFault } from '../versions.ts';
import { leaseName } from './drop-left.ts';
import { keeperOf, stoppedFault } from './keeper.ts';
import { takeTurns, unlessLasting } from './turns.ts';

export interface KeepProjectionOptions extends Omit<RunProjectionOptions, 'signal' | 'onAlarm'> {
  readonly leases: Leases;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
  /** As of the runner; and `projection_stopped` when this process will not go on without an operator. */
  onAlarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
  /** For how long it stays this process's when it was stopped or cut off, milliseconds; 10,000 when absent. */
  readonly ttlMs?: number;
  /** Older versions are dropped when nobody has kept them for so long, milliseconds; 60,000 when absent. */
  readonly leftForMs?: number;
}

export interface KeptProjection {
  /** Of the projection's own version, which is current when this is had. */
  readonly partition: ProjectionPartition;
  /**
   * Resolves when everything up to the position is folded in, by whichever process does it. Rejects when this one has
   * stopped, or the version was dropped.
   */
  waitFor(position: Position): Promise<void>;
  /** How many events that the projection wants are not folded in yet, by any process; counted up to 1,000. */
  lag(): Promise<number>;
}

const lookEveryMs = 50;
const defaultTtlMs = 10_000;

/**
 * Folds while this process holds the lease `projection/<name>@<version>`. Resolves when the version is the current one,
 * built by this process or another; what may pass is waited for. Throws what keeps it from starting for good: a
 * `conflict` fault when a newer version is current, or the log is shorter than the read model.
 *
 * While programs of two versions run, as in a rolling upgrade, each version is kept by one of its own programs. A newer
 * one is built beside the older and made current when it has caught up; the programs of the older one go on reading and
 * folding theirs, and it is dropped when the last of them has been gone for a while. A program of the older version that
 * starts when a newer one is current is refused.
 */
export async function keepProjection(options: KeepProjectionOptions): Promise<KeptProjection> {
  const { projection, store, leases, signal } = options;
  await refuseOlder(options);
  const keeper = keeperOf(options, await store.open(projection));
  const ready = Promise.withResolvers<void>();
  const becomeReady = () => {
    keeper.isReady = true;
    ready.resolve();
  };
  let isLooking = false;
  const lookWhetherCurrent = () => {
    if (!isLooking) becomesCurrent(options).then(becomeReady, ready.reject);
    isLooking = true;
  };
  const turns = takeTurns({
    leases,
    name: leaseName(projection),
    ttlMs: options.ttlMs ?? defaultTtlMs,
    signal,
    turn: (inCharge) => keeper.turn(inCharge, becomeReady).finally(lookWhetherCurrent),
    onFirstAnswer: (isInCharge) => isInCharge || lookWhetherCurrent(),
  });
  turns.then(() => ready.reject(stoppedFault(projection)), ready.reject);
  await ready.promise;
  turns.catch((thrown: unknown) => {
    if (signal.aborted) return;
    keeper.failure = faultOf(thrown);
    options.onAlarm('projection_stopped', { projection: projection.name, err: keeper.failure });
  });
  return keeper;
}

/** Resolves when the version is current; throws when a newer one is. Asks again while the store is away. */
async function becomesCurrent(options: KeepProjectionOptions): Promise<void> {
  const { projection, signal } = options;
  const isCurrent = () => refuseOlder(options).catch(unlessLasting);
  while ((await isCurrent()) !== projection.version) await sleep(lookEveryMs, undefined, { signal });
}

/** The version that is current, unless it is a newer one. */
async function refuseOlder({ projection, store }: KeepProjectionOptions): Promise<number | undefined> {
  const current = await store.currentVersion(projection.name);
  if (current !== undefined && current > projection.version) throw newerFault(projection, current);
  return current;
}
