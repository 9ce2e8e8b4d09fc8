export {
  type DraftFields,
  defineEvent,
  type EventType,
  type EventTypeDefinition,
  type Upcaster,
} from './event-type.ts';
export { events, eventTypes } from './events.ts';
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
export type { Durability } from './sqlite/messages.ts';
export { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite/sqlite-event-log.ts';
export { openSqliteEventReader, type SqliteEventReader } from './sqlite/sqlite-event-reader.ts';
