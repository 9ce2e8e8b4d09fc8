// Encrypted documents for all gateways of a deployment, the oldest going first when they are too old or too many.
import { FaultError } from '@waybill/kernel';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { Binary, type Collection } from 'mongodb';
import type { SealedStore } from '../ports.ts';
import { seal, unseal } from './sealed.ts';

export interface MongoSealedOptions {
  readonly connection: MongoConnection;
  readonly collection: string;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly retentionMs: number;
  /** Of all documents together. */
  readonly maxBytes: number;
  /** How often it is looked whether there are too many, milliseconds; default 10,000. */
  readonly trimEveryMs?: number;
  run: MongoRun;
}

/** Does something there; what goes wrong is thrown as a FaultError. */
export type MongoRun = <Value>(work: () => Promise<Value>) => Promise<Value>;

interface SealedDocument {
  readonly _id: string;
  readonly sealed: Binary;
  readonly bytes: number;
  readonly savedAt: Date;
  readonly expiresAt: Date;
}

/** A document has 16 MiB at most; what is larger is not kept. */
const largestBytes = 15 * 2 ** 20;

/** When a caller may try again while MongoDB is away, milliseconds. */
const tryAgainMs = 1_000;

/** `title` says what is not possible while MongoDB is away. */
export function mongoRun(title: string): MongoRun {
  return async (work) => {
    try {
      return await work();
    } catch (thrown) {
      const { fault } = mongoFault(thrown, title);
      throw new FaultError({ retryAfterMs: tryAgainMs, ...fault });
    }
  };
}

/** Time is the server's. What does not decrypt counts as not kept. */
export async function openMongoSealed(options: MongoSealedOptions): Promise<SealedStore> {
  const { connection, collection, key, retentionMs, maxBytes, trimEveryMs = 10_000, run } = options;
  const documents: Collection<SealedDocument> = connection.database('gateway').collection(collection);
  // The server removes what is over by itself, within a minute or so.
  const byAge = { key: { expiresAt: 1 }, expireAfterSeconds: 0 } as const;
  await run(() => documents.createIndexes([byAge, { key: { savedAt: 1, bytes: 1 } }]));
  let trimmedAtMs = Number.NEGATIVE_INFINITY;

  async function trimNowAndThen(): Promise<void> {
    if (performance.now() - trimmedAtMs < trimEveryMs) return;
    trimmedAtMs = performance.now();
    await trim(documents, maxBytes);
  }

  return {
    load: (name) =>
      run(async () => {
        const isKept = { _id: name, $expr: { $gt: ['$expiresAt', '$$NOW'] } };
        const found = await documents.findOne(isKept, { projection: { sealed: 1 } });
        return found ? unseal(Buffer.from(found.sealed.buffer), key, name) : undefined;
      }),
    save: (name, plain) =>
      run(async () => {
        const sealed = seal(plain, key, name);
        if (sealed.length > Math.min(maxBytes, largestBytes)) return false;
        const kept = { sealed: new Binary(sealed), bytes: sealed.length, savedAt: '$$NOW' };
        const expiresAt = { $add: ['$$NOW', retentionMs] };
        await documents.updateOne({ _id: name }, [{ $set: { ...kept, expiresAt } }], { upsert: true });
        await trimNowAndThen();
        return true;
      }),
    remove: (name) => run(async () => void (await documents.deleteOne({ _id: name }))),
  };
}

/** The oldest go first. */
async function trim(documents: Collection<SealedDocument>, maxBytes: number): Promise<void> {
  const [all] = await documents.aggregate([{ $group: { _id: null, bytes: { $sum: '$bytes' } } }]).toArray();
  let surplus = Number(all?.bytes ?? 0) - maxBytes;
  if (surplus <= 0) return;
  const oldest: string[] = [];
  for await (const { _id, bytes } of documents.find({}, { projection: { bytes: 1 }, sort: { savedAt: 1, _id: 1 } })) {
    oldest.push(_id);
    surplus -= bytes;
    if (surplus <= 0) break;
  }
  await documents.deleteMany({ _id: { $in: oldest } });
}
