// Which version of a read model is read, and how a new one takes its place: built beside, switched, the old dropped.
import type { EventReader } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { catchUp } from './catch-up.ts';
import type { Projection, ProjectionPartition, ProjectionStore } from './ports.ts';

export interface EnsureCurrentOptions {
  readonly projection: Projection;
  readonly reader: EventReader;
  readonly store: ProjectionStore;
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** What was done to make the projection's version the current one. */
export interface EnsuredCurrent {
  readonly version: number;
  /** The version that was current before; undefined when there was none. */
  readonly previous: number | undefined;
  /** Events folded in to build the version; 0 when it was current already. */
  readonly events: number;
  /** Older versions that were removed, half-built ones included. */
  readonly dropped: readonly number[];
}

/**
 * Makes the projection's version the one that is read: builds it up to the end of the log when an older one or none
 * is current, switches, and drops every older one. Throws a `conflict` fault when a newer version is current.
 */
export async function ensureCurrent(options: EnsureCurrentOptions): Promise<EnsuredCurrent> {
  const made = await makeCurrent(options);
  const isNew = made.previous !== made.version;
  return { ...made, dropped: isNew ? await dropOlder(options.store, options.projection) : [] };
}

/** The same, with the older ones left alone for those who still read them. */
export async function makeCurrent(options: EnsureCurrentOptions): Promise<Omit<EnsuredCurrent, 'dropped'>> {
  const { projection, store } = options;
  const { name, version } = projection;
  const previous = await store.currentVersion(name);
  if (previous === version) return { version, previous, events: 0 };
  if (previous !== undefined && previous > version) throw newerFault(projection, previous);
  const partition = await store.open(projection);
  const { events } = await catchUp({ ...options, partition });
  if (await store.makeCurrent(name, version, previous)) return { version, previous, events };
  const again = await makeCurrent(options);
  return { ...again, events: events + again.events };
}

/**
 * The partition that readers use. Throws an `unavailable` fault while the projection's version is not the current one:
 * it is being built, or a newer program has replaced it.
 */
export async function openCurrent(store: ProjectionStore, projection: Projection): Promise<ProjectionPartition> {
  const current = await store.currentVersion(projection.name);
  if (current === projection.version) return store.open(projection);
  const message = `version ${projection.version} of projection ${projection.name} cannot be read: ${current ?? 'none'} is current`;
  throw new FaultError(fault('unavailable', message, { details: { projection: projection.name } }));
}

async function dropOlder(store: ProjectionStore, { name, version }: Projection): Promise<number[]> {
  const older = (await store.versions(name)).filter((candidate) => candidate < version);
  for (const candidate of older) {
    const partition = await store.open({ name, version: candidate, collections: [] });
    await partition.drop();
  }
  return older;
}

export function newerFault({ name, version }: Projection, current: number): FaultError {
  const message =
    `version ${current} of projection ${name} is current and this program knows only version ${version}: ` +
    'run the newer program, or make the older version current first';
  return new FaultError(fault('conflict', message, { details: { projection: name, reason: 'newer_version' } }));
}
