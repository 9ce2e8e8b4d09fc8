// One writer after the other, where the first has left a transaction open. The server would give it up after a minute,
// which is longer than any of these tests may take.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import type { Collection } from 'mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../test/infra/mongodb.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import { mongoWriter } from './writer.ts';

const fixture = fileURLToPath(new URL('./writing.fixture.ts', import.meta.url));
const rootPassword = 'of-root';

(hasMongo ? describe : describe.skip)('a writer of something in MongoDB', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  let counters: Collection<{ _id: string; count: number }>;
  let uri: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startMongoReplicaSet({ rootPassword });
    const root = await connectMongo({
      uri: new Secret(server.uri.replace('//', `//root:${rootPassword}@`)),
      databasePrefix: 'test',
      appName: 'test',
      timeoutMs: 5_000,
    });
    const roles = [{ role: 'readWrite', db: 'test_writing' }];
    await root.client.db('admin').command({ createUser: 'writer', pwd: 'of-writer', roles });
    await root.close();
    uri = server.uri.replace('//', '//writer:of-writer@');
    connection = await connectMongo({
      uri: new Secret(uri),
      databasePrefix: 'test',
      appName: 'test',
      timeoutMs: 10_000,
    });
    counters = connection.database('writing').collection('counters');
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await connection?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await counters.deleteMany({});
    await counters.insertOne({ _id: 'counter', count: 0 });
  });

  async function startInside(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [fixture, uri], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    expect(String(await once(child.stdout!, 'data'))).toBe('inside\n');
    return child;
  }

  function succeed(): Promise<boolean> {
    const successor = mongoWriter({ connection, database: 'writing', name: 'counter' });
    return successor
      .inTransaction(async (session) => {
        const raised = await counters.updateOne({ _id: 'counter', count: 0 }, { $set: { count: 7 } }, { session });
        return raised.matchedCount === 1;
      })
      .finally(() => successor.close());
  }

  test('goes on at once after one that was killed inside its transaction, with the rights of its own account', async () => {
    const child = await startInside();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await succeed()).toBe(true);
    expect(await counters.findOne()).toMatchObject({ count: 7 });
  });

  test('goes on at once after one that is stopped inside its transaction, which then finds that it is too late', async () => {
    const child = await startInside();
    child.kill('SIGSTOP');
    expect(await succeed()).toBe(true);
    child.kill('SIGCONT');
    child.stdin!.write('go on\n');
    expect(String(await once(child.stdout!, 'data'))).toBe('too late\n');
    expect(await counters.findOne()).toMatchObject({ count: 7 });
  });

  test('works one transaction after the other, and goes on after one that failed', async () => {
    const writer = mongoWriter({ connection, database: 'writing', name: 'many' });
    let inside = 0;
    const raise = (n: number) =>
      writer.inTransaction(async (session) => {
        inside += 1;
        expect(inside).toBe(1);
        await counters.updateOne({ _id: 'counter' }, { $inc: { count: 1 } }, { session });
        inside -= 1;
        if (n === 2) throw new Error('the third');
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => raise(n)));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true]);
    expect(await counters.findOne()).toMatchObject({ count: 4 });
    await writer.close();
  });

  test('is known to people by what it writes and who it is', async () => {
    const writers = connection.database('writing').collection('writers');
    expect(await writers.find().sort({ _id: 1 }).toArray()).toMatchObject([
      { _id: 'counter', application: 'test' },
      { _id: 'many', application: 'test' },
    ]);
  });
});
