// Keeps a read model up to date by whichever of several processes is in charge of it; the others stand by.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@waybill/event-log';
import { type Fault, FaultError, faultOf } from '@waybill/kernel';
import type { Lease, Leases } from '@waybill/leases';
import type { ProjectionPartition } from './ports.ts';
import { countWanted, lastWanted, type ProjectionRun, type RunProjectionOptions, runProjection } from './runner.ts';
import { ensureCurrent } from './versions.ts';

export interface KeepProjectionOptions extends Omit<RunProjectionOptions, 'signal' | 'onAlarm'> {
  readonly leases: Leases;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
  /** As of the runner; and `projection_stopped` when nobody will go on without an operator. */
  onAlarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface KeptProjection {
  /** Of the projection's own version. */
  readonly partition: ProjectionPartition;
  /** Resolves when everything up to the position is folded in, by whichever process does it. */
  waitFor(position: Position): Promise<void>;
  /** How many events that the projection wants are not folded in yet, by any process; counted up to 1,000. */
  lag(): Promise<number>;
}

const ttlMs = 10_000;
const pauseMs = 1_000;
const lookEveryMs = 50;

/**
 * Folds while this process holds the lease `projection/<name>`. A first turn that falls to it at once is begun before
 * this resolves, so that what is wrong for good keeps the process from starting: a `conflict` fault when a newer version
 * is current or the log is shorter than the read model. What may pass is tried again in the background.
 *
 * While programs of two versions run, as in a rolling upgrade, the newer version is built and made current by the first
 * of the newer programs that gets the lease; a program of the older version then stops folding, with an alarm, and goes on
 * reading what it folded last.
 */
export async function keepProjection(options: KeepProjectionOptions): Promise<KeptProjection> {
  const { projection, reader, store, leases, signal } = options;
  const partition = await store.open(projection);
  let turn: ProjectionRun | undefined;

  async function take(lease: Lease): Promise<ProjectionRun> {
    const ends = AbortSignal.any([signal, lease.lost]);
    try {
      await ensureCurrent({ ...options, signal: ends });
      turn = await runProjection({ ...options, signal: ends });
      return turn;
    } catch (thrown) {
      await lease.release();
      throw thrown;
    }
  }

  /** Follows one turn to its end. */
  async function finish(run: ProjectionRun, lease: Lease): Promise<void> {
    try {
      await run.done;
    } finally {
      turn = undefined;
      await lease.release();
    }
  }

  async function keepOn(): Promise<void> {
    while (!signal.aborted) {
      const lease = await leases.acquire(`projection/${projection.name}`, { ttlMs, signal });
      await take(lease)
        .then((run) => finish(run, lease))
        .catch(unlessFinal);
      await sleep(pauseMs, undefined, { signal });
    }
  }

  /** The first turn, if it falls to this process at once. */
  async function begin(): Promise<(() => Promise<void>) | undefined> {
    const lease = await leases.tryAcquire(`projection/${projection.name}`, { ttlMs }).catch(unlessFinal);
    const run = lease && (await take(lease).catch(unlessFinal));
    return lease && run && (() => finish(run, lease).catch(unlessFinal));
  }

  const firstTurn = await begin();
  let failure: Fault | undefined;
  Promise.resolve(firstTurn?.())
    .then(keepOn)
    .catch((thrown: unknown) => {
      failure = faultOf(thrown);
      if (!signal.aborted) options.onAlarm('projection_stopped', { projection: projection.name, err: failure });
    });

  async function isReached(position: Position): Promise<boolean> {
    const checkpoint = await partition.checkpoint();
    return checkpoint >= (await lastWanted(projection, reader, checkpoint, position));
  }

  return {
    partition,
    async waitFor(position) {
      for (;;) {
        const reached = turn?.waitFor(position).then(isTrue, isFalse) ?? isReached(position);
        if (await reached) return;
        if (failure) throw new FaultError(failure);
        await sleep(lookEveryMs);
      }
    },
    lag: async () => turn?.lag() ?? countWanted(projection, reader, await partition.checkpoint()),
  };
}

const isTrue = () => true;
const isFalse = () => false;

/** What may pass by itself, or was another process's turn, is no reason to stop for good. */
function unlessFinal(thrown: unknown): undefined {
  const { kind, details } = faultOf(thrown);
  const passes = kind === 'unavailable' || kind === 'timeout' || kind === 'cancelled';
  if (!passes && details.reason !== 'fenced') throw thrown;
}
