// Makes the archive's collections, with what they may hold and how they are found.
import { isDeepStrictEqual } from 'node:util';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { type Db, type Document, MongoServerError } from 'mongodb';
import { archiveCollections, archiveDatabase } from './archive-documents.ts';

const text = { bsonType: 'string' };
const long = { bsonType: 'long' };
const bytes = { bsonType: 'binData' };
const texts = { bsonType: 'array', items: text };
const encoding = { enum: ['identity', 'zstd'] };

function object(properties: Record<string, Document>): Document {
  return { bsonType: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

const schemas: Readonly<Record<string, Document>> = {
  batches: object({
    _id: long,
    first_position: long,
    last_position: long,
    subject: text,
    producer_id: text,
    epoch: long,
    first_number: long,
    last_number: long,
    types: texts,
    skipped: { bsonType: 'array', items: { bsonType: 'int' } },
    encoding,
    body: bytes,
  }),
  events: object({ _id: text, position: long, digest: bytes, stream_id: text }),
  producers: object({
    _id: text,
    epoch: long,
    opening: text,
    last_number: long,
    last_sequence: long,
    gaps: { bsonType: 'array', items: object({ epoch: long, opening: text, first: long, last: long }) },
  }),
  rejections: object({
    _id: text,
    sequence: long,
    reason: text,
    details: { bsonType: 'object', additionalProperties: text },
    event_ids: texts,
    subject: text,
    encoding,
    body: bytes,
  }),
  checkpoint: object({
    _id: { enum: ['archive'] },
    sequence: long,
    end: long,
    message_digest: { bsonType: ['binData', 'null'] },
  }),
};

/**
 * Makes what is missing of the archive and brings its validators up to date; safe to run again, and by several at once.
 * Where all is as it has to be it waits for nobody: a transaction that a dead archiver has left holds locks for a minute,
 * and changing a collection waits for them.
 * Throws a FaultError: `unavailable` when MongoDB cannot be used, `forbidden` when the account lacks the right.
 */
export async function prepareArchive(connection: MongoConnection): Promise<void> {
  const database = archiveDatabase(connection);
  try {
    const found = await database.listCollections({}, { nameOnly: false }).toArray();
    const validators = new Map(found.map(({ name, options }) => [name, options?.validator]));
    for (const [name, schema] of Object.entries(schemas)) {
      const validator = { $jsonSchema: schema };
      if (!isDeepStrictEqual(validators.get(name), validator)) await prepareCollection(database, name, validator);
    }
    const { events, rejections, checkpoint } = archiveCollections(connection);
    await events.createIndex({ stream_id: 1, position: 1 });
    await rejections.createIndex({ event_ids: 1 });
    const fresh = { sequence: 0n, end: 0n, message_digest: null };
    await checkpoint.updateOne({ _id: 'archive' }, { $setOnInsert: fresh }, { upsert: true });
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be prepared');
  }
}

async function prepareCollection(database: Db, name: string, validator: Document): Promise<void> {
  const rules = { validator, validationLevel: 'strict', validationAction: 'error' };
  try {
    await database.createCollection(name, rules);
  } catch (thrown) {
    if (!(thrown instanceof MongoServerError) || thrown.codeName !== 'NamespaceExists') throw thrown;
    await database.command({ collMod: name, ...rules });
  }
}
