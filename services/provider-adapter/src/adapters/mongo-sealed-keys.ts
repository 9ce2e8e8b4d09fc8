// Sealed keys for all replicas of a deployment: one document each, and one that counts the changes.
import { FaultError } from '@waybill/kernel';
import { inTransaction, isDuplicateKey, type MongoConnection, mongoFault } from '@waybill/mongodb';
import { Binary, type ClientSession, type Collection } from 'mongodb';
import type { SealedKey, SealedKeys } from '../ports.ts';

interface KeyDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly providerId: string;
  readonly baseUrl: string;
  readonly version: number;
  readonly sealed: Binary;
  readonly wrappedBy: string;
  readonly wrapped: Binary;
  readonly storedAtMicros: bigint;
  readonly wrappedAtMicros: bigint;
}

interface RevisionDocument {
  readonly _id: 'revision';
  readonly number: bigint;
}

/** When a caller may try again while MongoDB is away, milliseconds. */
const tryAgainMs = 1_000;

/** Each change is one transaction with the count of changes. Calls throw FaultErrors `unavailable`. */
export async function openMongoSealedKeys(connection: MongoConnection): Promise<SealedKeys> {
  const database = connection.database('provider_adapter');
  const keys: Collection<KeyDocument> = database.collection('tenant_keys');
  const revisions: Collection<RevisionDocument> = database.collection('tenant_key_revisions');
  const run = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (thrown) {
      const { fault } = mongoFault(thrown, 'the keys of tenants in MongoDB cannot be used at the moment');
      throw new FaultError({ retryAfterMs: tryAgainMs, ...fault });
    }
  };
  await run(() => prepare(keys, revisions));

  /** False, with nothing changed, when the work finds that it cannot be done. */
  function change(work: (session: ClientSession) => Promise<boolean>): Promise<boolean> {
    return run(() =>
      inTransaction(connection, async (session) => {
        if (!(await work(session))) throw new NotDone();
        await revisions.updateOne({ _id: 'revision' }, { $inc: { number: 1n } }, { session });
        return true;
      }).catch((thrown: unknown) => {
        if (thrown instanceof NotDone || isDuplicateKey(thrown)) return false;
        throw thrown;
      }),
    );
  }

  async function remove({ keyId, version, wrapped }: SealedKey, session: ClientSession): Promise<boolean> {
    const before = { _id: keyId, version, wrapped: binary(wrapped.bytes) };
    return (await keys.deleteOne(before, { session })).deletedCount === 1;
  }

  async function add(key: SealedKey, session: ClientSession): Promise<boolean> {
    await keys.insertOne(documentOf(key), { session });
    return true;
  }

  return {
    revision: () => run(async () => (await revisions.findOne({ _id: 'revision' }))?.number ?? 0n),
    all: () => run(async () => (await keys.find({}, { sort: { tenantId: 1, providerId: 1 } }).toArray()).map(keyOf)),
    add: (key) => change((session) => add(key, session)),
    replace: (before, key) => change(async (session) => (await remove(before, session)) && add(key, session)),
    remove: (before) => change((session) => remove(before, session)),
    close: async () => undefined,
  };
}

/** Undoes what a transaction has done so far. */
class NotDone extends Error {}

async function prepare(keys: Collection<KeyDocument>, revisions: Collection<RevisionDocument>): Promise<void> {
  await keys.createIndex({ tenantId: 1, providerId: 1 }, { unique: true });
  await revisions.updateOne({ _id: 'revision' }, { $setOnInsert: { number: 0n } }, { upsert: true });
}

function binary(bytes: Uint8Array): Binary {
  return new Binary(Buffer.from(bytes));
}

function documentOf({ keyId, sealed, wrapped, ...rest }: SealedKey): KeyDocument {
  return { _id: keyId, ...rest, sealed: binary(sealed), wrappedBy: wrapped.by, wrapped: binary(wrapped.bytes) };
}

function keyOf({ _id: keyId, sealed, wrapped, wrappedBy, ...rest }: KeyDocument): SealedKey {
  const bytes = Buffer.from(wrapped.buffer);
  return { keyId, ...rest, sealed: Buffer.from(sealed.buffer), wrapped: { by: wrappedBy, bytes } };
}
