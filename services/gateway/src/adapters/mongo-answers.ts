// Answers kept for repeats, for all gateways of a deployment: one encrypted document each, and one while it is being made.
import type { Collection } from 'mongodb';
import type { AnswerStore } from '../ports.ts';
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import { type ClaimDocument, mongoClaims } from './mongo-claims.ts';
import { type MongoSealedOptions, mongoRun, openMongoSealed } from './mongo-sealed.ts';

export interface MongoAnswersOptions extends Omit<MongoSealedOptions, 'collection' | 'run'> {
  /** How long a claim outlives its last renewal, milliseconds; default 10,000. */
  readonly claimTtlMs?: number;
}

/** Calls throw FaultErrors `unavailable`. */
export async function openMongoAnswers(options: MongoAnswersOptions): Promise<AnswerStore> {
  const { connection, claimTtlMs = 10_000 } = options;
  const run = mongoRun('answers cannot be kept and found at the moment, as idempotency-key asks');
  const answers = await openMongoSealed({ ...options, collection: 'answers', run });
  const claims: Collection<ClaimDocument> = connection.database('gateway').collection('answer_claims');
  await run(() => claims.createIndexes([{ key: { until: 1 }, expireAfterSeconds: 60 }]));
  return {
    async load(keyDigest) {
      const plain = await answers.load(keyDigest);
      return plain && decodeAnswer(plain);
    },
    save: async (keyDigest, answer) => void (await answers.save(keyDigest, encodeAnswer(answer))),
    claim: mongoClaims({ claims, ttlMs: claimTtlMs, run }),
  };
}
