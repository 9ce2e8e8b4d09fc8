import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { Binary } from 'mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { answer, answersContract, nameOf } from '../testing/answers-contract.ts';
import { openMongoAnswers } from './mongo-answers.ts';

interface Stored {
  readonly _id: string;
  readonly sealed: Binary;
}

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let server: MongoReplicaSet;
  let databases = 0;
  const connections: MongoConnection[] = [];

  beforeAll(async () => {
    server = await startMongoReplicaSet();
  }, 60_000);
  afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close())));
  afterAll(() => server?.stop(), 60_000);

  async function connect(databasePrefix: string): Promise<MongoConnection> {
    const uri = new Secret(server.uri);
    const connection = await connectMongo({ uri, databasePrefix, appName: 'test', timeoutMs: 2_000 });
    connections.push(connection);
    return connection;
  }

  const usual = { key: Buffer.alloc(32, 1), retentionMs: 60_000, maxBytes: 1_000_000, trimEveryMs: 0 };

  async function make() {
    databases += 1;
    const prefix = `t${databases}`;
    const answers = (await connect(prefix)).database('gateway').collection<Stored>('answers');
    return {
      prefix,
      answers,
      open: async (more = {}) => openMongoAnswers({ ...usual, connection: await connect(prefix), ...more }),
      async age(byMs: number) {
        await answers.updateMany({}, [{ $set: { expiresAt: { $subtract: ['$expiresAt', byMs] } } }]);
      },
      async spoil(name: string, how: 'changed' | 'cut' | 'renamed', to = '') {
        const { sealed, ...rest } = (await answers.findOne({ _id: name }))!;
        const bytes = Buffer.from(sealed.buffer);
        if (how === 'changed') bytes[40]! ^= 1;
        const spoiled = new Binary(how === 'cut' ? bytes.subarray(0, bytes.length - 1) : bytes);
        await answers.deleteOne({ _id: name });
        await answers.insertOne({ ...rest, _id: how === 'renamed' ? to : name, sealed: spoiled });
      },
    };
  }

  answersContract('answers in MongoDB', make);

  test('nothing of an answer can be read in its document', async () => {
    const { open, answers } = await make();
    await (await open()).save(nameOf(1), answer('a secret word'));
    const documents = await answers.find().toArray();
    expect(documents).toHaveLength(1);
    expect(Buffer.from(documents[0]!.sealed.buffer).includes('secret')).toBe(false);
    expect(JSON.stringify(documents)).not.toContain('secret word');
  });

  test('an answer that no document can hold is not kept, and none before it is lost', async () => {
    const { open } = await make();
    const store = await open({ maxBytes: 100_000_000 });
    await store.save(nameOf(1), answer('hello'));
    await store.save(nameOf(1), answer('x'.repeat(16 * 2 ** 20)));
    expect(await store.load(nameOf(1))).toEqual(answer('hello'));
  });

  test('the server removes what is too old by itself', async () => {
    const { open, answers } = await make();
    await open();
    const indexes = await answers.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
  });

  test('a claim of one gateway counts at another, as long as it lives and no longer', async () => {
    const { open, prefix } = await make();
    const dying = await connect(prefix);
    const [one, other] = [await openMongoAnswers({ ...usual, connection: dying, claimTtlMs: 1_000 }), await open()];
    expect((await one.claim(nameOf(1), Buffer.alloc(32, 3))).isOurs).toBe(true);
    await sleep(1_500);
    expect(await other.claim(nameOf(1), Buffer.alloc(32, 3))).toEqual({
      isOurs: false,
      requestDigest: Buffer.alloc(32, 3),
    });
    // As if its process were gone: nothing is renewed any more.
    await dying.close();
    let claim = await other.claim(nameOf(1), Buffer.alloc(32, 4));
    for (let tries = 0; tries < 100 && !claim.isOurs; tries += 1) {
      await sleep(50);
      claim = await other.claim(nameOf(1), Buffer.alloc(32, 4));
    }
    expect(claim.isOurs).toBe(true);
    if (claim.isOurs) await claim.release();
  });

  test('a store that cannot be reached says so, and when to try again', async () => {
    const { open } = await make();
    const store = await open();
    await Promise.all(connections.map((connection) => connection.close()));
    await expect(store.load(nameOf(1))).rejects.toMatchObject({ fault: { kind: 'unavailable', retryAfterMs: 1_000 } });
  });
});
