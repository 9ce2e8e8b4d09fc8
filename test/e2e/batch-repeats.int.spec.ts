// A batch asked for again under the same idempotency key: it is one batch, at the provider and on the books.
import { afterEach, expect, test } from '@jest/globals';
import { clientOf, crashAt, entry, expectBooked, timesHandedIn, untilEnded } from './batch-client.ts';
import { handIn, lineOf, openAiClientOf, untilOver } from './openai-batch-client.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let world: StandaloneWorld | undefined;
afterEach(() => world?.stop(), 60_000);

test('a repeat under the same key is the same batch: at once, after a crash, and in either dialect', async () => {
  world = await startWorld({ logLevel: 'debug', environment: crashAt('batch_sent') });
  const lines = [lineOf('one'), lineOf('two')];
  await expect(handIn(openAiClientOf(world), lines, 'first')).rejects.toThrow();
  expect(await world.gateway.exited).toBe('SIGKILL');
  await world.startAgain();
  const client = openAiClientOf(world);
  const [one, again] = await Promise.all([handIn(client, lines, 'first'), handIn(client, lines, 'first')]);
  expect(again.id).toBe(one.id);
  await expect(handIn(client, [lineOf('one')], 'first')).rejects.toMatchObject({ status: 409 });
  expect((await untilOver(client, one.id)).request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
  expect((await handIn(client, lines, 'first')).id).toBe(one.id);
  expect(await timesHandedIn(world)).toBe(1);
  const messages = clientOf(world);
  const asMessages = (name: string) =>
    messages.messages.batches.create({ requests: [entry(name)] }, { headers: { 'idempotency-key': 'second' } });
  const both = await Promise.all([asMessages('one'), asMessages('one')]);
  expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  await expect(asMessages('two')).rejects.toMatchObject({ status: 409 });
  await untilEnded(messages, both[0]!.id);
  expect(await timesHandedIn(world)).toBe(2);
  const other = await handIn(client, lines);
  expect(other.id).not.toBe(one.id);
  await untilOver(client, other.id);
  expect(await expectBooked(world)).toBeGreaterThan(0n);
}, 120_000);

test('a repeat of a batch that its provider refused is tried itself', async () => {
  world = await startWorld();
  await world.simulator.setFaults([{ operation: 'batch', nth: 1, directives: 'fault=quota' }]);
  const client = openAiClientOf(world);
  await expect(handIn(client, [lineOf('one')], 'key')).rejects.toThrow(/quota/);
  const { id } = await handIn(client, [lineOf('one')], 'key');
  expect((await handIn(client, [lineOf('one')], 'key')).id).toBe(id);
  expect((await untilOver(client, id)).status).toBe('completed');
  expect((await client.batches.list()).data.map(({ status }) => status)).toEqual(['completed', 'failed']);
  await expectBooked(world);
}, 90_000);
