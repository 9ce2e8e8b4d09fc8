// Older versions of a read model go when nobody keeps them up to date any more.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leases } from '@waybill/leases';
import type { Projection, ProjectionStore } from '../ports.ts';

export interface DropLeftOptions {
  readonly projection: Projection;
  readonly store: ProjectionStore;
  readonly leases: Leases;
  readonly signal: AbortSignal;
  /** How long nobody may have kept a version before it is dropped, milliseconds. */
  readonly leftForMs: number;
}

/** Under which one of several processes keeps a version of a read model up to date. */
export function leaseName({ name, version }: Pick<Projection, 'name' | 'version'>): string {
  return `projection/${name}@${version}`;
}

/**
 * Drops every older version once nobody has held its lease for that long: until then a program of that version may be
 * reading it. Returns when there is none left; throws what the stores throw.
 */
export async function dropLeft(options: DropLeftOptions): Promise<void> {
  const { projection, store, leases, signal, leftForMs } = options;
  const leftSinceMs = new Map<number, number>();

  async function isLeft(version: number): Promise<boolean> {
    const name = leaseName({ name: projection.name, version });
    const holder = (await leases.holders(name)).find((each) => each.name === name);
    if (holder === undefined) return true;
    if (!holder.hasExpired) {
      leftSinceMs.delete(version);
      return false;
    }
    const sinceMs = leftSinceMs.get(version) ?? performance.now();
    leftSinceMs.set(version, sinceMs);
    return performance.now() - sinceMs >= leftForMs;
  }

  for (;;) {
    const older = (await store.versions(projection.name)).filter((version) => version < projection.version);
    if (older.length === 0) return;
    for (const version of older) if (await isLeft(version)) await dropVersion(options, version);
    await sleep(leftForMs / 4, undefined, { signal, ref: false });
  }
}

/** Under the version's own lease, so that nobody begins to keep it meanwhile. */
async function dropVersion({ projection, store, leases }: DropLeftOptions, version: number): Promise<void> {
  const name = leaseName({ name: projection.name, version });
  const lease = await leases.tryAcquire(name, { ttlMs: 10_000 });
  if (lease === undefined) return;
  const partition = await store.open({ name: projection.name, version, collections: [] });
  await partition.drop();
  await lease.release();
  await leases.forget(name);
}
