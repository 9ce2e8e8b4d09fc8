import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultError, Secret } from '@waybill/kernel';
import { createAuthority, type TlsFiles, writeTlsFiles } from '../../../test/infra/certificates.ts';
import { hasMongo, type MongoReplicaSet, startMongoAlone, startMongoReplicaSet } from '../../../test/infra/mongodb.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import { isDuplicateKey, mongoFault } from './faults.ts';
import { inSnapshot } from './snapshot.ts';
import { inTransaction } from './transaction.ts';

const settings = { databasePrefix: 'test', appName: 'test', timeoutMs: 1_000 };

async function faultOf(uri: string): Promise<FaultError> {
  return connectMongo({ ...settings, uri: new Secret(uri) }).then(
    () => Promise.reject(new Error('it connected')),
    (thrown: FaultError) => thrown,
  );
}

test('a connection string that cannot be read is refused without being repeated', async () => {
  const thrown = await faultOf('mongo://user:hunter2@host');
  expect(thrown.fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('mongodb://') });
  expect(thrown.fault.message).not.toContain('hunter2');
});

test('a server that is not there is unavailable, within the time given', async () => {
  const thrown = await faultOf('mongodb://user:hunter2@127.0.0.1:1/?replicaSet=none');
  expect(thrown.fault.kind).toBe('unavailable');
  expect(thrown.fault.message).not.toContain('hunter2');
});

test('a server on another machine is refused without TLS, before anything is sent there', async () => {
  const thrown = await faultOf('mongodb://user:hunter2@127.0.0.1,mongo.example.com/?replicaSet=none');
  expect(thrown.fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('tls=true') });
  expect(thrown.fault.message).not.toContain('hunter2');
});

test('a connection that the server has just ended is unavailable, though the driver lets the error of the socket through', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket.resume(), 'end');
  const thrown = await new Promise((resolve) => socket.on('error', resolve).write('a command'));
  server.close();
  expect(mongoFault(thrown, 'it cannot be read').fault).toMatchObject({
    kind: 'unavailable',
    message: 'it cannot be read',
    details: { reason: 'EPIPE' },
  });
});

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  beforeAll(async () => {
    server = await startMongoReplicaSet();
    connection = await connectMongo({ ...settings, uri: new Secret(server.uri) });
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  test('writes wait for the majority and the journal, reads for the majority, and 64 bits stay exact', async () => {
    const { writeConcern, readConcern } = connection.client.options;
    expect(writeConcern).toMatchObject({ w: 'majority', journal: true });
    expect(readConcern).toMatchObject({ level: 'majority' });
    const rows = connection.database('rows').collection<{ _id: string; amount: bigint }>('rows');
    await rows.insertOne({ _id: 'most', amount: 2n ** 63n - 1n });
    expect(await rows.findOne({ _id: 'most' })).toEqual({ _id: 'most', amount: 2n ** 63n - 1n });
    expect(rows.dbName).toBe('test_rows');
  });

  test('what the connection string says of concerns counts for nothing', async () => {
    const weak = `${server.uri}&w=1&journal=false&readConcernLevel=local&retryWrites=false&readPreference=secondary`;
    const other = await connectMongo({ ...settings, uri: new Secret(weak) });
    const { writeConcern, readConcern, retryWrites, readPreference } = other.client.options;
    await other.close();
    expect(writeConcern).toMatchObject({ w: 'majority', journal: true });
    expect(readConcern).toMatchObject({ level: 'majority' });
    expect(retryWrites).toBe(true);
    expect(readPreference.mode).toBe('primary');
  });

  test('a server that is no replica set is refused', async () => {
    const alone = await startMongoAlone();
    const thrown = await faultOf(alone.uri);
    await alone.stop();
    expect(thrown.fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('--replSet') });
  });

  test('a transaction is kept whole or not at all, however often its work runs', async () => {
    const rows = connection.database('rows').collection<{ _id: string; count: number }>('counted');
    await rows.insertOne({ _id: 'counter', count: 0 });
    let runs = 0;
    const raise = () =>
      inTransaction(connection, async (session) => {
        runs += 1;
        const found = await rows.findOne({ _id: 'counter' }, { session });
        await rows.updateOne({ _id: 'counter' }, { $set: { count: (found?.count ?? 0) + 1 } }, { session });
      });
    await Promise.all(Array.from({ length: 10 }, raise));
    expect(await rows.findOne({ _id: 'counter' })).toMatchObject({ count: 10 });
    expect(runs).toBeGreaterThanOrEqual(10);
    const failing = inTransaction(connection, async (session) => {
      await rows.insertOne({ _id: 'half', count: 1 }, { session });
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    expect(await rows.findOne({ _id: 'half' })).toBeNull();
  });

  test('what the driver throws becomes a fault: mistakes of ours are told from what may pass', async () => {
    const rows = connection.database('rows').collection<{ _id: string }>('faults');
    await rows.insertOne({ _id: 'taken' });
    const double = await rows.insertOne({ _id: 'taken' }).catch((thrown: unknown) => thrown);
    expect(isDuplicateKey(double)).toBe(true);
    expect(mongoFault(double, 'what').fault.kind).toBe('internal');
    const wrong = await rows
      .find({ $nonsense: 1 } as object)
      .toArray()
      .catch((thrown: unknown) => thrown);
    expect(mongoFault(wrong, 'what').fault).toMatchObject({ kind: 'internal', details: { reason: 'BadValue' } });
    const other = await connectMongo({ ...settings, uri: new Secret(server.uri) });
    await other.close();
    const closed = await other
      .database('rows')
      .collection('rows')
      .findOne()
      .catch((thrown: unknown) => thrown);
    expect(mongoFault(closed, 'what').fault.kind).toBe('unavailable');
    expect(mongoFault(new Error('mine'), 'what').fault.kind).toBe('internal');
  });
});

(hasMongo ? describe : describe.skip)('on a MongoDB with accounts and certificates', () => {
  let folder: string;
  let files: TlsFiles;
  let server: MongoReplicaSet;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-mongo-tls-'));
    files = await writeTlsFiles(folder, await createAuthority(), { dnsNames: ['localhost'] });
    const certificateKeyFile = join(folder, 'both.pem');
    await writeFile(
      certificateKeyFile,
      (await readFile(files.certificateFile)) + String(await readFile(files.keyFile)),
    );
    const tls = { caFile: files.caFile, certificateKeyFile };
    server = await startMongoReplicaSet({ rootPassword: 'of-root', tls });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const uriOf = (password: string) => server.uri.replace('//', `//root:${password}@`);

  test('the account and the authority of the connection string let us in', async () => {
    const uri = new Secret(`${uriOf('of-root')}&tls=true&tlsCAFile=${encodeURIComponent(files.caFile)}`);
    const connection = await connectMongo({ ...settings, uri });
    expect(await connection.client.db('admin').command({ connectionStatus: 1 })).toMatchObject({
      authInfo: { authenticatedUsers: [{ user: 'root' }] },
    });
    await connection.close();
  });

  test('a wrong password is forbidden, and not repeated', async () => {
    const { fault } = await faultOf(uriOf('hunter2'));
    expect(fault).toMatchObject({ kind: 'forbidden', details: { reason: 'AuthenticationFailed' } });
    expect(fault.message).not.toContain('hunter2');
  });

  test('an account without the right is forbidden', async () => {
    const connection = await connectMongo({ ...settings, uri: new Secret(server.uri) });
    const rows = connection.database('rows').collection('rows');
    const thrown = await rows.findOne().catch((error: unknown) => mongoFault(error, 'what'));
    await connection.close();
    expect(thrown).toMatchObject({ fault: { kind: 'forbidden' } });
  });

  test('a server whose certificate comes from somebody else is unavailable', async () => {
    const other = await writeTlsFiles(join(folder, 'other'), await createAuthority('another'), {});
    const uri = `${uriOf('of-root')}&tls=true&tlsCAFile=${encodeURIComponent(other.caFile)}`;
    expect((await faultOf(uri)).fault.kind).toBe('unavailable');
    expect((await faultOf(`${uriOf('of-root')}&tls=true`)).fault.kind).toBe('unavailable');
  });

  test('a file that is not there is named by its option', async () => {
    const { fault } = await faultOf(`${uriOf('of-root')}&tls=true&tlsCAFile=${encodeURIComponent('/no/such/file')}`);
    expect(fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('/no/such/file') });
  });
});

(hasMongo ? describe : describe.skip)('while MongoDB is away', () => {
  test('everything is unavailable in bounded time, and works again when it is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-mongo-away-'));
    let server = await startMongoReplicaSet({ dataDirectory: folder });
    const connection = await connectMongo({ ...settings, uri: new Secret(server.uri) });
    const rows = connection.database('rows').collection<{ _id: string }>('rows');
    await rows.insertOne({ _id: 'first' });
    await server.kill();
    const attempts = [
      () => rows.findOne({ _id: 'first' }),
      () => rows.insertOne({ _id: 'second' }),
      () => inTransaction(connection, (session) => rows.insertOne({ _id: 'third' }, { session })),
      () => inSnapshot(connection, (read) => rows.findOne({}, read)),
    ];
    const outcomes = await Promise.all(
      attempts.map((attempt) => attempt().catch((thrown: unknown) => mongoFault(thrown, 'what').fault.kind)),
    );
    expect(outcomes).toEqual(['unavailable', 'unavailable', 'unavailable', 'unavailable']);
    server = await startMongoReplicaSet({ dataDirectory: folder, port: server.port });
    expect(await rows.find().toArray()).toEqual([{ _id: 'first' }]);
    await connection.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });
});
