import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { hasNats, startNats } from './nats.ts';

(hasNats ? describe : describe.skip)('the NATS server of the tests', () => {
  test('is recent enough for money', async () => {
    const server = await startNats();
    const connection = await connect({ servers: server.url });
    const [major = 0, minor = 0, patch = 0] = (connection.info?.version ?? '').split('.').map(Number);
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(2_014_003);
    await connection.close();
    await server.stop();
  });

  test('still has every acknowledged message after a kill -9', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'waybill-nats-crash-'));
    const first = await startNats({ dataDirectory });
    const writer = await connect({ servers: first.url, reconnect: false });
    await (await jetstreamManager(writer)).streams.add({ name: 'CALLS', subjects: ['calls.>'], duplicate_window: 0 });
    const stream = jetstream(writer);
    const acknowledged = await Promise.all(Array.from({ length: 50 }, (_, index) => stream.publish(`calls.${index}`)));
    await first.kill();

    const second = await startNats({ dataDirectory });
    const reader = await connect({ servers: second.url });
    const { state } = await (await jetstreamManager(reader)).streams.info('CALLS');
    expect(state.messages).toBe(acknowledged.length);
    expect(state.last_seq).toBe(Math.max(...acknowledged.map((ack) => ack.seq)));
    await reader.close();
    await second.stop();
    rmSync(dataDirectory, { recursive: true });
  });
});
