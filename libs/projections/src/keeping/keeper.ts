// A read model in one of the processes that could keep it: its turns, and what is waited for meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@waybill/event-log';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Projection, ProjectionPartition } from '../ports.ts';
import { retrying } from '../retry.ts';
import { countWanted, lastWanted, type ProjectionRun, runProjection } from '../runner.ts';
import { makeCurrent, newerFault } from '../versions.ts';
import { dropLeft } from './drop-left.ts';
import type { KeepProjectionOptions, KeptProjection } from './keep-projection.ts';

export interface Keeper extends KeptProjection {
  /** Whether the version was current once: it is then kept on, even when a newer one is. */
  isReady: boolean;
  /** Why this process takes no more turns. */
  failure: Fault | undefined;
  /** One turn; tells when the version is current and followed. */
  turn(inCharge: AbortSignal, onReady: () => void): Promise<void>;
}

const lookEveryMs = 50;
const defaultLeftForMs = 60_000;

export function keeperOf(options: KeepProjectionOptions, partition: ProjectionPartition): Keeper {
  const { projection, reader, signal } = options;
  let run: ProjectionRun | undefined;

  async function isReached(position: Position): Promise<boolean> {
    if (!run) return (await partition.checkpoint()) >= position;
    return run.waitFor(position).then(
      () => true,
      () => false,
    );
  }

  const keeper: Keeper = {
    partition,
    isReady: false,
    failure: undefined,
    async turn(inCharge, onReady) {
      await bringUpToDate(options, { isReady: keeper.isReady, signal: inCharge });
      const end = new AbortController();
      const turnSignal = AbortSignal.any([inCharge, end.signal]);
      run = await runProjection({ ...options, signal: inCharge });
      onReady();
      void dropOlder(options, turnSignal);
      try {
        await run.done;
      } finally {
        run = undefined;
        end.abort();
      }
    },
    async waitFor(position) {
      const last = await lastWanted(projection, reader, await partition.checkpoint(), position);
      while (!(await isReached(last))) {
        if (keeper.failure) throw new FaultError(keeper.failure);
        if (signal.aborted) throw stoppedFault(projection);
        await sleep(lookEveryMs);
      }
    },
    lag: async () => run?.lag() ?? countWanted(projection, reader, await partition.checkpoint()),
  };
  return keeper;
}

/** Makes the version current, or finds that a newer one is and this one is still there for those who read it. */
async function bringUpToDate(
  options: KeepProjectionOptions,
  { isReady, signal }: { readonly isReady: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { projection, store } = options;
  const { name, version } = projection;
  const current = await store.currentVersion(name);
  const isSuperseded = current !== undefined && current > version;
  if (!isSuperseded) await makeCurrent({ ...options, signal });
  else if (!isReady || !(await store.versions(name)).includes(version)) throw newerFault(projection, current);
}

/** In the background; what it cannot do it leaves to a later turn. */
async function dropOlder(options: KeepProjectionOptions, signal: AbortSignal): Promise<void> {
  const { projection, leftForMs = defaultLeftForMs, log } = options;
  const warn = (err: Fault) => log?.warn({ projection: projection.name, err }, 'older versions are still there');
  const retry = { signal, firstDelayMs: 1_000, onFailure: warn };
  await retrying(() => dropLeft({ ...options, leftForMs, signal }), retry).catch((thrown: unknown) => {
    if (!signal.aborted) warn(faultOf(thrown));
  });
}

export function stoppedFault({ name }: Projection): FaultError {
  return new FaultError(fault('cancelled', `projection ${name} was stopped`));
}
