// Which of several gateways makes the answer under a key: one document a key, which its holder renews.
import { randomUUID } from 'node:crypto';
import { Binary, type Collection } from 'mongodb';
import type { AnswerStore } from '../ports.ts';

export interface ClaimDocument {
  readonly _id: string;
  /** Of this claim and no other. */
  readonly claim: string;
  readonly requestDigest: Binary;
  readonly until: Date;
}

export interface MongoClaimsOptions {
  readonly claims: Collection<ClaimDocument>;
  readonly ttlMs: number;
  run<Value>(work: () => Promise<Value>): Promise<Value>;
}

const renewalsPerTtl = 3;
const isFree = { $or: [{ $eq: [{ $type: '$until' }, 'missing'] }, { $lte: ['$until', '$$NOW'] }] };

export function mongoClaims({ claims, ttlMs, run }: MongoClaimsOptions): AnswerStore['claim'] {
  const until = { $add: ['$$NOW', ttlMs] };

  /** Taken if it is free; the document as it is then. */
  async function take(keyDigest: string, claim: string, requestDigest: Buffer): Promise<ClaimDocument | null> {
    const taken = { claim: { $literal: claim }, requestDigest: { $literal: new Binary(requestDigest) }, until };
    const fields = Object.entries(taken).map(([name, value]) => [name, { $cond: [isFree, value, `$${name}`] }]);
    const options = { upsert: true, returnDocument: 'after' } as const;
    return claims.findOneAndUpdate({ _id: keyDigest }, [{ $set: Object.fromEntries(fields) }], options);
  }

  return async (keyDigest, requestDigest) => {
    const claim = randomUUID();
    const found = await run(() => take(keyDigest, claim, requestDigest));
    if (found && found.claim !== claim)
      return { isOurs: false, requestDigest: Buffer.from(found.requestDigest.buffer) };
    const renew = () => claims.updateOne({ _id: keyDigest, claim }, [{ $set: { until } }]).catch(() => undefined);
    const timer = setInterval(renew, ttlMs / renewalsPerTtl);
    timer.unref();
    return {
      isOurs: true,
      async release() {
        clearInterval(timer);
        // Who cannot be told waits for the end of the claim.
        await claims.deleteOne({ _id: keyDigest, claim }).catch(() => undefined);
      },
    };
  };
}
