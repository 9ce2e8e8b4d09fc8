export { type ArchiveReader, openArchiveReader } from './archive/archive-reader.ts';
export { type ArchiverEnd, type ArchiverOptions, type ArchiveStanding, runArchiver } from './archive/archiver.ts';
export { prepareArchive } from './archive/prepare-archive.ts';
export { type RepairOptions, type RepairReport, repairEventLog } from './archive/repair.ts';
export type { Damage } from './archive/stream-damage.ts';
export {
  type DraftFields,
  defineEvent,
  type EventType,
  type EventTypeDefinition,
  type Upcaster,
} from './event-type.ts';
export { events, eventTypes } from './events.ts';
export { type EnsuredStream, type EnsureStreamOptions, ensureStream } from './jetstream/ensure-stream.ts';
export { type JetStreamEventLogOptions, openJetStreamEventLog } from './jetstream/jetstream-event-log.ts';
export type { NatsSettings, NatsTls, StreamSettings } from './jetstream/nats-settings.ts';
export type {
  Appended,
  AppendOptions,
  EventDraft,
  EventLog,
  EventProducer,
  EventReader,
  Position,
  ReadOptions,
  StoredEvent,
} from './ports.ts';
export { lockFolder, type Release } from './sqlite/folder-lock.ts';
export type { Durability } from './sqlite/messages.ts';
export { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite/sqlite-event-log.ts';
export { openSqliteEventReader, type SqliteEventReader } from './sqlite/sqlite-event-reader.ts';
