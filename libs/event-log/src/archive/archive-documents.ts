// What the archive keeps in MongoDB: the batches as they came, who has which event id, and how far it has come.
import type { MongoConnection } from '@waybill/mongodb';
import type { Binary, Collection, Document } from 'mongodb';
import type { BodyEncoding } from '../batch-body.ts';

/** A batch of which at least one event counts. */
export interface BatchDocument {
  /** Its message's sequence in the stream. */
  readonly _id: bigint;
  readonly first_position: bigint;
  readonly last_position: bigint;
  readonly subject: string;
  readonly producer_id: string;
  readonly epoch: bigint;
  readonly first_number: bigint;
  readonly last_number: bigint;
  /** Of the events that count, each once. */
  readonly types: readonly string[];
  /** Places of the events that do not count, since they were there before or were rejected. */
  readonly skipped: readonly number[];
  readonly encoding: BodyEncoding;
  /** The message's body. */
  readonly body: Binary;
}

/** An event that counts. */
export interface EventDocument {
  /** The event's id. */
  readonly _id: string;
  readonly position: bigint;
  /** SHA-256 of the envelope without its producer stamp. */
  readonly digest: Binary;
  readonly stream_id: string;
}

/** Numbers of a producer that are not in the archive although later ones are. */
export interface NumberGap {
  readonly epoch: bigint;
  readonly opening: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** How far a producer has come. */
export interface ProducerDocument {
  /** The producer's id. */
  readonly _id: string;
  readonly epoch: bigint;
  /** Which opening of the epoch it is. */
  readonly opening: string;
  readonly last_number: bigint;
  /** Sequence of its last message. */
  readonly last_sequence: bigint;
  readonly gaps: readonly NumberGap[];
}

/** What was kept aside: an append that may not count, or a message that could not be read. */
export interface RejectionDocument {
  /** `<producer>/<epoch>/<opening>/<number of its first event>`, or `message/<sequence>`. */
  readonly _id: string;
  readonly sequence: bigint;
  /** Such as `other_content`. */
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
  readonly event_ids: readonly string[];
  readonly subject: string;
  /** The whole message's body. */
  readonly encoding: BodyEncoding;
  readonly body: Binary;
}

/** How far the archive has come. There is one. */
export interface CheckpointDocument {
  readonly _id: 'archive';
  /** Everything of the stream up to this sequence is in the archive. */
  readonly sequence: bigint;
  /** Position of the last event that counts. */
  readonly end: bigint;
  /** SHA-256 of the message with that sequence, by which the stream is known again; absent when there is none. */
  readonly message_digest: Binary | null;
}

export interface ArchiveCollections {
  readonly batches: Collection<BatchDocument>;
  readonly events: Collection<EventDocument>;
  readonly producers: Collection<ProducerDocument>;
  readonly rejections: Collection<RejectionDocument>;
  readonly checkpoint: Collection<CheckpointDocument>;
}

/** Database of the archive; without the prefix. */
export const archiveDatabaseName = 'events';

export function archiveDatabase(connection: MongoConnection) {
  return connection.database(archiveDatabaseName);
}

export function archiveCollections(connection: MongoConnection): ArchiveCollections {
  const database = archiveDatabase(connection);
  // A secondary may not know yet that an epoch was superseded, whatever the connection string prefers.
  const named = <Shape extends Document>(name: string) =>
    database.collection<Shape>(name, { promoteBuffers: false, readPreference: 'primary' });
  return {
    batches: named('batches'),
    events: named('events'),
    producers: named('producers'),
    rejections: named('rejections'),
    checkpoint: named('checkpoint'),
  };
}
