// One document a name. Every write compares with the server's own clock, and is one conditional update.
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import type { Collection } from 'mongodb';
import type { LeaseHolder } from '../ports.ts';

interface LeaseDocument {
  readonly _id: string;
  readonly holder: string;
  /** Of the process that holds it, drawn at its start: a new process of the same name is another one. */
  readonly boot: string;
  readonly token: bigint;
  readonly until: Date;
  readonly details: Readonly<Record<string, string>>;
  /** Nobody is to hear of it any more; it stays for its token. */
  readonly isForgotten: boolean;
}

export interface Claim {
  readonly name: string;
  readonly holder: string;
  readonly boot: string;
  readonly ttlMs: number;
  readonly details: Readonly<Record<string, string>>;
}

export interface HeldClaim extends Claim {
  readonly token: bigint;
}

export interface LeaseDocuments {
  /** The token of the new hold; undefined when another process has it. */
  take(claim: Claim): Promise<bigint | undefined>;
  /** False when it is not this hold's any more. */
  renew(claim: HeldClaim): Promise<boolean>;
  release(claim: HeldClaim): Promise<void>;
  list(prefix: string): Promise<readonly LeaseHolder[]>;
  forget(name: string): Promise<boolean>;
}

const hasExpired = { $lte: ['$until', '$$NOW'] };
const isNew = { $eq: [{ $type: '$until' }, 'missing'] };
const longAgo = new Date(0);

export function leaseDocuments(connection: MongoConnection): LeaseDocuments {
  const documents: Collection<LeaseDocument> = connection.database('leases').collection('leases');
  const run = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (thrown) {
      throw mongoFault(thrown, 'the leases in MongoDB cannot be used');
    }
  };

  return {
    take: ({ name, holder, boot, ttlMs, details }) =>
      run(async () => {
        const taken = {
          holder,
          boot,
          token: { $toLong: { $add: [{ $ifNull: ['$token', 0] }, 1] } },
          until: { $add: ['$$NOW', ttlMs] },
          details: { $literal: details },
          isForgotten: false,
        };
        // A hold of this very process whose answer was lost on the way is taken anew.
        const isFree = { $or: [isNew, hasExpired, { $eq: ['$boot', boot] }] };
        const update = Object.entries(taken).map(([field, value]) => [
          field,
          { $cond: [isFree, typeof value === 'string' ? { $literal: value } : value, `$${field}`] },
        ]);
        const options = { upsert: true, returnDocument: 'after' } as const;
        const found = await documents.findOneAndUpdate({ _id: name }, [{ $set: Object.fromEntries(update) }], options);
        return found?.boot === boot ? found.token : undefined;
      }),
    renew: ({ name, boot, token, ttlMs }) =>
      run(async () => {
        const isOurs = { _id: name, boot, token, $expr: { $not: hasExpired } };
        const prolonged = [{ $set: { until: { $add: ['$$NOW', ttlMs] } } }];
        return (await documents.updateOne(isOurs, prolonged)).matchedCount === 1;
      }),
    release: ({ name, boot, token }) =>
      run(async () => {
        await documents.updateOne({ _id: name, boot, token }, { $set: { until: longAgo } });
      }),
    list: (prefix) =>
      run(async () => {
        const named = { _id: { $gte: prefix, $lt: `${prefix}\u{10ffff}` }, isForgotten: false };
        const pipeline = [{ $match: named }, { $set: { hasExpired } }, { $sort: { _id: 1 } }];
        const found = documents.aggregate<LeaseDocument & { hasExpired: boolean }>(pipeline);
        return (await found.toArray()).map(({ _id, holder, token, details, hasExpired: expired }) => {
          return { name: _id, holder, token, details, hasExpired: expired };
        });
      }),
    forget: (name) =>
      run(async () => {
        const isOver = { _id: name, $expr: hasExpired };
        return (await documents.updateOne(isOver, { $set: { isForgotten: true } })).matchedCount === 1;
      }),
  };
}
