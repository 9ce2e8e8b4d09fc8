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
