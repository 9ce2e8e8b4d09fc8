// A batch in six processes with two gateways: uploaded at one, made at both, followed by whichever is left.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { expectBooked, timesHandedIn } from '../batch-client.ts';
import { chats, lineOf, linesIn, openAiClientOf, untilOver, uploadOf } from '../openai-batch-client.ts';
import type { ServiceProcess } from './service-process.ts';
import { type DistributedWorld, startDistributedWorld } from './world.ts';

let world: DistributedWorld;
let first: ServiceProcess;
let second: ServiceProcess;

(hasNats && hasMongo ? describe : describe.skip)('a batch at two gateways', () => {
  beforeAll(async () => {
    world = await startDistributedWorld({ replicas: { gateway: 2 }, simulator: { batchMs: 5_000 } });
    [first, second] = world.deployment.of('gateway') as [ServiceProcess, ServiceProcess];
  }, 120_000);
  afterAll(() => world?.stop(), 90_000);

  test('is one batch under one key, and is worked off and booked once although a gateway is killed', async () => {
    const [one, other] = [openAiClientOf(first), openAiClientOf(second)];
    const file = await uploadOf(one, [lineOf('a'), lineOf('b', 'claude-haiku-4-5'), lineOf('c')]);
    expect(await other.files.retrieve(file.id)).toEqual(file);
    const asked = { input_file_id: file.id, endpoint: chats, completion_window: '24h' } as const;
    await expect(one.batches.create(asked)).rejects.toThrow(/no provider that takes batches/);
    const { id: fileId } = await uploadOf(one, [lineOf('a'), lineOf('b'), lineOf('c')]);
    const make = (client: typeof one) =>
      client.batches.create({ ...asked, input_file_id: fileId }, { headers: { 'idempotency-key': 'once' } });
    const made = await Promise.all([make(one), make(other)]);
    expect(made[0].id).toBe(made[1].id);
    expect(await timesHandedIn(world)).toBe(1);
    await first.kill();
    const ended = await untilOver(other, made[1].id);
    expect(ended).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 3 } });
    expect([...(await linesIn(other, ended.output_file_id)).keys()].toSorted()).toEqual(['a', 'b', 'c']);
    await first.start();
    expect((await make(one)).id).toBe(ended.id);
    expect(await timesHandedIn(world)).toBe(1);
    expect(await expectBooked(world.at(second))).toBeGreaterThan(0n);
  }, 180_000);
});
