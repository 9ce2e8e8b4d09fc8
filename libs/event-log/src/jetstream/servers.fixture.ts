// Real NATS and MongoDB for the specs of this adapter, and logs and archivers on them.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@waybill/kernel';
import type { Lease } from '@waybill/leases';
import { soleLeases } from '@waybill/leases';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { hasNats, type NatsServer, startNats } from '../../../../test/infra/nats.ts';
import { type ArchiverEnd, runArchiver } from '../archive/archiver.ts';
import { prepareArchive } from '../archive/prepare-archive.ts';
import type { EventLog } from '../ports.ts';
import { ensureStream } from './ensure-stream.ts';
import { type JetStreamEventLogOptions, openJetStreamEventLog } from './jetstream-event-log.ts';
import { connectNats, type NatsLink } from './nats-link.ts';
import type { StreamSettings } from './nats-settings.ts';

export const hasServers = hasNats && hasMongo;

export const clock = { nowMicros: () => 1_763_600_000_000_000n, monotonicMs: () => performance.now() };

export interface Alarm {
  readonly alarm: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface RunningArchiver {
  readonly ended: Promise<ArchiverEnd>;
  readonly lease: Lease;
  stop(): Promise<void>;
}

/** One stream and one archive on servers that outlive them. */
export interface Shape {
  readonly nats: StreamSettings;
  readonly mongodb: MongoConnection;
  readonly alarms: Alarm[];
  readonly link: NatsLink;
  openLog(different?: Partial<JetStreamEventLogOptions>): Promise<EventLog>;
  startArchiver(different?: { readonly keptMessages?: number; readonly lease?: Lease }): Promise<RunningArchiver>;
  /** Resolves with the alarm's details when it is raised, or was. */
  alarmed(alarm: string): Promise<Readonly<Record<string, unknown>>>;
  /** Closes and stops whatever was opened and started. */
  dispose(): Promise<void>;
}

export interface Servers {
  readonly nats: () => NatsServer;
  /** Ends NATS as a crash would, does what is to be done meanwhile, and starts it again where it was. */
  crashNats(meanwhile?: () => void | Promise<void>): Promise<void>;
  /** Keeps what NATS has on its disk now, for `restoreNats`. NATS is crashed for that. */
  keepNats(): Promise<void>;
  /** Crashes NATS and lets it start with what it had on its disk at `keepNats`, as if all since had not been synced. */
  restoreNats(): Promise<void>;
  /** Makes a new stream and a new archive. */
  makeShape(different?: Partial<StreamSettings>): Promise<Shape>;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const natsFolder = mkdtempSync(join(tmpdir(), 'waybill-nats-'));
  let nats = await startNats({ dataDirectory: natsFolder });
  const mongo = await startMongoReplicaSet();
  const keptFolder = `${natsFolder}-kept`;
  let shapes = 0;

  async function crashNats(meanwhile?: () => void | Promise<void>): Promise<void> {
    await nats.kill();
    await meanwhile?.();
    nats = await startNats({ dataDirectory: natsFolder, port: nats.port });
  }

  function replaceFolder(target: string, source: string): void {
    rmSync(target, { recursive: true, force: true });
    cpSync(source, target, { recursive: true });
  }

  return {
    nats: () => nats,
    crashNats,
    keepNats: () => crashNats(() => replaceFolder(keptFolder, natsFolder)),
    restoreNats: () => crashNats(() => replaceFolder(natsFolder, keptFolder)),
    async makeShape(different = {}) {
      shapes += 1;
      const settings = { ...settingsFor(nats.url), ...different };
      const mongodb = await connectMongo({
        uri: new Secret(mongo.uri),
        databasePrefix: `shape${shapes}`,
        appName: 'spec',
        timeoutMs: 5_000,
      });
      return createShape(settings, mongodb);
    },
    async stop() {
      await nats.stop();
      await mongo.stop();
      for (const folder of [natsFolder, keptFolder]) {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      }
    },
  };
}

function settingsFor(url: string): StreamSettings {
  return { urls: [url], stream: 'WAYBILL', replicas: 1, maxBytes: 2 ** 28, makeStream: true, requireSync: true };
}

async function createShape(nats: StreamSettings, mongodb: MongoConnection): Promise<Shape> {
  const alarms: Alarm[] = [];
  const listeners = new Set<() => void>();
  const alarm: JetStreamEventLogOptions['alarm'] = (name, details) => {
    alarms.push({ alarm: name, details });
    for (const listener of listeners) listener();
  };
  const link = await connectNats({ nats, name: 'spec', alarm });
  await link.manager.streams.delete(nats.stream).catch(() => undefined);
  await prepareArchive(mongodb);
  await ensureStream({ nats, isArchiveEmpty: true, alarm });
  const logs: EventLog[] = [];
  const archivers: RunningArchiver[] = [];
  const leases = soleLeases('spec');

  async function startArchiver(different: Parameters<Shape['startArchiver']>[0] = {}): Promise<RunningArchiver> {
    const lease = different.lease ?? (await leases.tryAcquire(`archive/${archivers.length}`, { ttlMs: 1_000 }))!;
    const end = new AbortController();
    const follows = Promise.withResolvers<void>();
    const onStanding = () => follows.resolve();
    const ended = runArchiver({ nats, mongodb, clock, alarm, signal: end.signal, onStanding, ...different, lease });
    await Promise.race([follows.promise, ended]);
    const archiver = {
      ended,
      lease,
      async stop() {
        end.abort();
        await ended;
      },
    };
    archivers.push(archiver);
    return archiver;
  }

  return {
    nats,
    mongodb,
    alarms,
    link,
    startArchiver,
    async openLog(different = {}) {
      const log = await openJetStreamEventLog({ nats, mongodb, name: 'spec', clock, alarm, ...different });
      logs.push(log);
      return log;
    },
    async alarmed(name) {
      for (;;) {
        const found = alarms.find((raised) => raised.alarm === name);
        if (found) return found.details;
        const next = Promise.withResolvers<void>();
        listeners.add(next.resolve);
        await next.promise;
        listeners.delete(next.resolve);
      }
    },
    async dispose() {
      await Promise.all(logs.map((log) => log.close()));
      await Promise.all(archivers.map((archiver) => archiver.stop()));
      await link.close();
      await mongodb.close();
    },
  };
}
