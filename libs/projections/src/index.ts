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
