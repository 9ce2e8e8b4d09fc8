// Answers kept for repeats, for all gateways of a deployment: one encrypted document each, and one while it is being made.
import { FaultError } from '@waybill/kernel';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { Binary, type Collection } from 'mongodb';
import type { AnswerStore } from '../ports.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { type ClaimDocument, mongoClaims } from './mongo-claims.ts';
import { seal, unseal } from './sealed.ts';

export interface MongoAnswersOptions {
  readonly connection: MongoConnection;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly retentionMs: number;
  /** Of all answers together. */
  readonly maxBytes: number;
  /** How long a claim outlives its last renewal, milliseconds; default 10,000. */
  readonly claimTtlMs?: number;
  /** How often it is looked whether there are too many, milliseconds; default 10,000. */
  readonly trimEveryMs?: number;
}

interface AnswerDocument {
  readonly _id: string;
  readonly sealed: Binary;
  readonly bytes: number;
  readonly savedAt: Date;
  readonly expiresAt: Date;
}

/** A document has 16 MiB at most; an answer that is larger is not kept. */
const largestBytes = 15 * 2 ** 20;

/** When a caller may try again while MongoDB is away, milliseconds. */
const tryAgainMs = 1_000;

/** Time is the server's. What does not decrypt counts as not kept. Calls throw FaultErrors `unavailable`. */
export async function openMongoAnswers(options: MongoAnswersOptions): Promise<AnswerStore> {
  const { connection, key, retentionMs, maxBytes, claimTtlMs = 10_000, trimEveryMs = 10_000 } = options;
  const database = connection.database('gateway');
  const answers: Collection<AnswerDocument> = database.collection('answers');
  const claims: Collection<ClaimDocument> = database.collection('answer_claims');
  const run = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (thrown) {
      const { fault } = mongoFault(thrown, 'answers cannot be kept and found at the moment, as idempotency-key asks');
      throw new FaultError({ retryAfterMs: tryAgainMs, ...fault });
    }
  };
  await run(() => prepare(answers, claims));
  let trimmedAtMs = Number.NEGATIVE_INFINITY;

  async function trimNowAndThen(): Promise<void> {
    if (performance.now() - trimmedAtMs < trimEveryMs) return;
    trimmedAtMs = performance.now();
    await trim(answers, maxBytes);
  }

  return {
    load: (keyDigest) =>
      run(async () => {
        const isKept = { _id: keyDigest, $expr: { $gt: ['$expiresAt', '$$NOW'] } };
        const found = await answers.findOne(isKept, { projection: { sealed: 1 } });
        const plain = found && unseal(Buffer.from(found.sealed.buffer), key, keyDigest);
        return plain ? decodeAnswer(plain) : undefined;
      }),
    save: (keyDigest, answer) =>
      run(async () => {
        const sealed = seal(encodeAnswer(answer), key, keyDigest);
        if (sealed.length > Math.min(maxBytes, largestBytes)) return;
        const kept = { sealed: new Binary(sealed), bytes: sealed.length, savedAt: '$$NOW' };
        const expiresAt = { $add: ['$$NOW', retentionMs] };
        await answers.updateOne({ _id: keyDigest }, [{ $set: { ...kept, expiresAt } }], { upsert: true });
        await trimNowAndThen();
      }),
    claim: mongoClaims({ claims, ttlMs: claimTtlMs, run }),
  };
}

/** The server removes what is over by itself, within a minute or so. */
async function prepare(answers: Collection<AnswerDocument>, claims: Collection<ClaimDocument>): Promise<void> {
  await answers.createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { savedAt: 1, bytes: 1 } }]);
  await claims.createIndexes([{ key: { until: 1 }, expireAfterSeconds: 60 }]);
}

/** The oldest go first. */
async function trim(answers: Collection<AnswerDocument>, maxBytes: number): Promise<void> {
  const [all] = await answers.aggregate([{ $group: { _id: null, bytes: { $sum: '$bytes' } } }]).toArray();
  let surplus = Number(all?.bytes ?? 0) - maxBytes;
  if (surplus <= 0) return;
  const oldest: string[] = [];
  for await (const { _id, bytes } of answers.find({}, { projection: { bytes: 1 }, sort: { savedAt: 1, _id: 1 } })) {
    oldest.push(_id);
    surplus -= bytes;
    if (surplus <= 0) break;
  }
  await answers.deleteMany({ _id: { $in: oldest } });
}
