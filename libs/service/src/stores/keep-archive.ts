// The record behind the stream: copied by whichever process holds the lease `archive`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConfiguration } from '@waybill/config';
import { ensureStream, openArchiveReader, prepareArchive, runArchiver } from '@waybill/event-log';
import { type Clock, faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { MongoConnection } from '@waybill/mongodb';
import type { ArchiveShown } from './archive-shown.ts';

export interface KeepArchiveOptions {
  readonly nats: NatsConfiguration;
  readonly mongodb: MongoConnection;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where its standing is shown while it is kept here. */
  readonly shown: ArchiveShown;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

const ttlMs = 10_000;
const pauseMs = 1_000;

/**
 * Makes what the archive needs and goes on in the background until the signal aborts. Throws a FaultError `invalid` when
 * the stream or its server is not as money wants it; whatever else is wrong is an alarm, and tried again.
 */
export async function keepArchive(options: KeepArchiveOptions): Promise<void> {
  const { signal } = options;
  let isPrepared = await prepare(options);
  const keepOn = async () => {
    while (!signal.aborted) {
      isPrepared ||= await prepare(options);
      if (isPrepared) await takeTurn(options);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
  void keepOn();
}

async function prepare({ nats, mongodb, alarm }: KeepArchiveOptions): Promise<boolean> {
  const reader = openArchiveReader(mongodb);
  try {
    await prepareArchive(mongodb);
    const isArchiveEmpty = (await reader.end()) === 0n;
    const { sync } = await ensureStream({ nats, isArchiveEmpty, alarm });
    if (nats.requireSync && sync === 'unknown') alarm('sync_not_visible', { stream: nats.stream });
    return true;
  } catch (thrown) {
    const failure = faultOf(thrown);
    if (failure.kind === 'invalid') throw thrown;
    alarm('archive_not_kept', { err: failure });
    // The stream is gone although there are events of it: the archiver says which, and waits for the repair.
    return failure.kind === 'not_found';
  } finally {
    await reader.close();
  }
}

async function takeTurn(options: KeepArchiveOptions): Promise<void> {
  const { nats, mongodb, leases, clock, signal, alarm, shown } = options;
  try {
    const lease = await leases.acquire('archive', { ttlMs, signal });
    try {
      await runArchiver({ nats, mongodb, lease, clock, signal, alarm, onStanding: shown.show });
    } finally {
      shown.show(undefined);
      await lease.release();
    }
  } catch (thrown) {
    if (!signal.aborted) alarm('archive_not_kept', { err: faultOf(thrown) });
  }
}
