// What users' own programs find in the stream: read with the older `nats` package, which many of them have.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Envelope, EventBatch } from '@waybill/contracts';
import { connect, type StoredMsg } from 'nats';
import { draft } from '../contract/drafts.ts';
import { numbersOf, numbersTo, readAll, storedIds } from '../contract/log-under-test.ts';
import { hasServers, type Servers, type Shape, startServers } from './servers.fixture.ts';

(hasServers ? describe : describe.skip)('the stream (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  async function messages(count: number): Promise<StoredMsg[]> {
    const connection = await connect({ servers: servers.nats().url });
    const { streams } = await connection.jetstreamManager();
    const sequences = Array.from({ length: count }, (_, index) => index + 1);
    const found = await Promise.all(sequences.map((seq) => streams.getMessage('WAYBILL', { seq })));
    await connection.close();
    return found;
  }

  test('holds a message for each commit, whose body is a batch of envelopes', async () => {
    const producer = await (await shape.openLog()).openProducer('gateway/0');
    await Promise.all(['a', 'b', 'c'].map((id) => producer.append([draft(id)], { fresh: true })));
    const [opened, commit] = await messages(2);
    expect(opened?.subject).toBe('waybill.events.0.gateway.gateway=2f0');
    const batch = EventBatch.decode(commit!.data);
    expect(batch).toMatchObject({ producerId: 'gateway/0', epoch: 1n, firstNumber: 2n });
    const envelopes = batch.appends.flatMap((append) => append.envelopes.map((bytes) => Envelope.decode(bytes)));
    expect(envelopes.map(({ eventId }) => eventId)).toEqual(['a', 'b', 'c']);
    expect(commit?.header.get('Nats-Msg-Id')).toBe(`gateway/0/1/${batch.opening}/2`);
  });

  test('has its subjects by tenant where there are shards, and each producer in order over all of them', async () => {
    await shape.startArchiver();
    const log = await shape.openLog({ shards: 4 });
    const producer = await log.openProducer('gateway/0');
    const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
    for (let round = 0; round < 5; round += 1) {
      const appends = tenants.map((tenantId) => draft(`${round}-${tenantId}`, { tenantId }));
      await Promise.all(appends.map((event) => producer.append([event], { fresh: true })));
    }
    expect(await storedIds(log)).toHaveLength(60);
    expect(numbersOf(await readAll(log), 'gateway/0', 1n)).toEqual(numbersTo(61));
    const { state } = await shape.link.manager.streams.info('WAYBILL', { subjects_filter: '>' });
    const subjects = Object.keys(state.subjects ?? {}).sort();
    expect(subjects).toEqual([0, 1, 2, 3].map((shard) => `waybill.events.${shard}.gateway.gateway=2f0`));
  });
});
