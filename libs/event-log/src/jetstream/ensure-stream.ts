// Whether the stream is there, and as money wants it.
import type { StreamInfo } from '@nats-io/jetstream';
import { FaultError, fault } from '@waybill/kernel';
import { isStreamMissing, natsFault } from './nats-faults.ts';
import { connectNats, type NatsLink } from './nats-link.ts';
import type { StreamSettings } from './nats-settings.ts';
import { type SyncMode, syncModeOf } from './server-sync.ts';
import { wantedStream, wrongSettings } from './stream-settings.ts';
import { closedSubject, eventSubjects } from './subjects.ts';

export interface EnsureStreamOptions {
  readonly nats: StreamSettings;
  /** Whether the archive holds nothing: then the stream has never been there. */
  readonly isArchiveEmpty: boolean;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface EnsuredStream {
  readonly isNew: boolean;
  /** Whether the server syncs each write to the disk, as far as this account can see. */
  readonly sync: SyncMode;
}

/**
 * Makes the stream when it is wanted and has never been there, and else looks at it. Throws a FaultError: `invalid`
 * with details `setting`, `is` and `should_be` when it is not as it has to be, or when the server is seen not to sync
 * each write although `requireSync` wants that; `not_found` when there is none and it may not be made; `unavailable`
 * when NATS cannot be reached.
 */
export async function ensureStream({ nats, isArchiveEmpty, alarm }: EnsureStreamOptions): Promise<EnsuredStream> {
  const link = await connectNats({ nats, name: 'stream-check', alarm });
  try {
    const found = await findStream(link);
    if (!found && !(nats.makeStream && isArchiveEmpty)) throw new FaultError(streamMissing(nats, isArchiveEmpty));
    const info = found ?? (await link.manager.streams.add(wantedStream(nats)));
    refuseWrongSettings(info, nats);
    const sync = await syncModeOf(link.connection);
    if (nats.requireSync && sync === 'lazy') throw new FaultError(notSynced());
    return { isNew: !found, sync };
  } catch (thrown) {
    throw natsFault(thrown, 'the stream of the event log cannot be looked at');
  } finally {
    await link.close();
  }
}

function findStream({ manager, stream }: NatsLink): Promise<StreamInfo | undefined> {
  return manager.streams.info(stream).catch((thrown: unknown) => {
    if (isStreamMissing(thrown)) return undefined;
    throw thrown;
  });
}

function refuseWrongSettings({ config }: StreamInfo, nats: StreamSettings): void {
  // Closed by a repair that was not finished, it is for the archiver to say so, and to wait.
  const isClosed = config.subjects.length === 1 && config.subjects[0] === closedSubject;
  const subjects = isClosed ? [eventSubjects] : config.subjects;
  const [wrong, ...others] = wrongSettings({ ...config, subjects }, wantedStream(nats));
  if (!wrong) return;
  const { setting, is, shouldBe } = wrong;
  const more = others.length > 0 ? `, and ${others.map((other) => other.setting).join(', ')} too` : '';
  const message = `stream ${nats.stream} has ${setting} ${is} instead of ${shouldBe}${more}: edit the stream, or the configuration`;
  throw new FaultError(fault('invalid', message, { details: { setting, is, should_be: shouldBe } }));
}

function streamMissing({ stream }: StreamSettings, isArchiveEmpty: boolean) {
  const message = isArchiveEmpty
    ? `there is no stream ${stream}: make it from deploy/nats/stream.json, or set storage.nats.make_stream`
    : `stream ${stream} is gone although the archive holds events of it: run \`waybill repair\``;
  return fault('not_found', message, { details: { stream } });
}

function notSynced() {
  const message =
    'NATS does not sync each write to the disk, so an acknowledged event could be lost: ' +
    'set sync_interval: always in the jetstream section of nats.conf, or storage.nats.require_sync to false';
  return fault('invalid', message, { details: { setting: 'sync_interval' } });
}
