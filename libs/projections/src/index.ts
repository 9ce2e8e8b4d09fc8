export { type CatchUpOptions, type CaughtUp, catchUp } from './catch-up.ts';
export { type CompareOptions, type Comparison, compareWithRebuild, type Difference } from './compare.ts';
export { decodeDocument, encodeDocument } from './document-text.ts';
export { type KeepProjectionOptions, type KeptProjection, keepProjection } from './keeping/keep-projection.ts';
export { memoryProjectionStore } from './memory-store.ts';
export { type MongoProjectionStoreOptions, openMongoProjectionStore } from './mongodb/store.ts';
export type {
  CollectionDefinition,
  Document,
  DocumentKey,
  DocumentValue,
  DocumentWrite,
  Projection,
  ProjectionCommit,
  ProjectionPartition,
  ProjectionStore,
  QuarantinedEvent,
  Query,
  WorkingSet,
} from './ports.ts';
export {
  type BatchObserver,
  type ProjectionRun,
  type RunnerLog,
  type RunProjectionOptions,
  runProjection,
} from './runner.ts';
export type { Durability } from './sqlite/database.ts';
export { openSqliteProjectionStore, type SqliteProjectionStoreOptions } from './sqlite/store.ts';
export { type EnsureCurrentOptions, type EnsuredCurrent, ensureCurrent, openCurrent } from './versions.ts';
