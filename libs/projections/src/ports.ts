// Read models: what a projection is, and the port of the store that keeps its documents and its checkpoint together.
import type { Position, StoredEvent } from '@waybill/event-log';

/** What a document may hold. Bigints stay exact in every store (int64 range; larger totals are decimal text). */
export type DocumentValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly DocumentValue[]
  | { readonly [field: string]: DocumentValue };

export type Document = { readonly [field: string]: DocumentValue };

export interface CollectionDefinition {
  /** Unique within the projection, lower_snake_case. */
  readonly name: string;
  /** Fields that queries filter or sort by; top-level fields that hold strings or bigints. */
  readonly indexes?: readonly (readonly string[])[];
}

export interface DocumentKey {
  readonly collection: string;
  readonly key: string;
}

/**
 * The documents an event may look at and change. Documents are frozen: put a changed copy. A field that is undefined
 * counts as absent. What breaks a rule throws, which makes the event poison.
 */
export interface WorkingSet {
  /**
   * A document named by `reads` for this event or written by it; undefined when there is none. Throws for any other:
   * whether it is at hand would depend on how the events fell into batches.
   */
  get<D extends Document>(collection: string, key: string): D | undefined;
  put(collection: string, key: string, document: Document): void;
  delete(collection: string, key: string): void;
}

/** A read model: a pure fold of events into documents. Rebuilding it from position 0 gives the same documents. */
export interface Projection {
  readonly name: string;
  /** Grows when the fold or the documents change; a new version is built beside the old one. */
  readonly version: number;
  readonly collections: readonly CollectionDefinition[];
  /** Full names of the event types it wants. */
  readonly types: readonly string[];
  /** Which documents `apply` may look at for this event. */
  reads(event: StoredEvent): readonly DocumentKey[];
  /** Folds one event in. A throw makes the event poison: it is put in quarantine and nothing of it is applied. */
  apply(event: StoredEvent, documents: WorkingSet): void;
}

export interface DocumentWrite extends DocumentKey {
  /** Undefined deletes it. */
  readonly document: Document | undefined;
}

export interface QuarantinedEvent {
  readonly position: Position;
  readonly eventId: string;
  readonly type: string;
  readonly envelope: Uint8Array;
  readonly reason: string;
}

export interface ProjectionCommit {
  /** The checkpoint this commit starts from; it is refused when the stored one differs. */
  readonly expectedCheckpoint: Position;
  readonly checkpoint: Position;
  readonly writes: readonly DocumentWrite[];
  readonly quarantined: readonly QuarantinedEvent[];
}

/** Names only fields that the collection's indexes declare; anything else is refused as `invalid`. */
export interface Query {
  /** Top-level fields that must equal the value; null for documents without the field. */
  readonly where?: { readonly [field: string]: DocumentValue };
  /** Inclusive bounds by one field; documents without the field are outside. */
  readonly range?: { readonly field: string; readonly from?: DocumentValue; readonly to?: DocumentValue };
  /**
   * By key when absent. Text is ordered by its UTF-8 bytes, bigints by value; documents without the field come first;
   * equals come in the order of their keys. Descending turns all of that round.
   */
  readonly orderBy?: { readonly field: string; readonly descending?: boolean };
  readonly limit?: number;
  /** Keys after this one; only with the order by key. */
  readonly afterKey?: string;
}

/**
 * Documents and checkpoint of one version of one projection. Throws FaultErrors: `unavailable` when the store cannot
 * be used now (whether a commit took effect is then unknown), `not_found` when the partition was dropped, `invalid`
 * for what no query or document may hold.
 */
export interface ProjectionPartition {
  checkpoint(): Promise<Position>;
  getMany(keys: readonly DocumentKey[]): Promise<readonly (Document | undefined)[]>;
  find(collection: string, query?: Query): Promise<readonly { readonly key: string; readonly document: Document }[]>;
  /**
   * Writes documents, quarantine and checkpoint in one durable transaction. False, with nothing written, when the
   * stored checkpoint is not the expected one: somebody else has moved on.
   */
  commit(commit: ProjectionCommit): Promise<boolean>;
  quarantine(): Promise<readonly QuarantinedEvent[]>;
  /** Removes the documents, the quarantine and the checkpoint. */
  drop(): Promise<void>;
}

export interface ProjectionStore {
  /**
   * Opens (and makes, with its indexes) the partition of a projection's version. Throws a `conflict` fault when it
   * exists with other collections: they changed without a new version. No collections at all opens what is there.
   */
  open(projection: Pick<Projection, 'name' | 'version' | 'collections'>): Promise<ProjectionPartition>;
  /** The version that readers of the name use; undefined when none was ever made current. */
  currentVersion(name: string): Promise<number | undefined>;
  /** The versions that have a partition, ascending. */
  versions(name: string): Promise<readonly number[]>;
  /** Makes the version the current one if `expected` still is (undefined: none); false when another one is. */
  makeCurrent(name: string, version: number, expected: number | undefined): Promise<boolean>;
  close(): Promise<void>;
}
