// kill -9 of the gateway at each step of a batch: nothing is lost, nothing is doubled, nothing is sent twice.
import { afterEach, expect, test } from '@jest/globals';
import { callsOf, clientOf, entry, expectBooked, resultsOf, untilEnded } from './batch-client.ts';
import { handIn, lineOf, openAiClientOf, untilOver } from './openai-batch-client.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

const hook = new URL('../load/crash-at.ts', import.meta.url).href;

let world: StandaloneWorld | undefined;
afterEach(() => world?.stop(), 60_000);

function crashAt(step: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${hook}`, CRASH_AT_STEP: step, CRASH_AT_OCCURRENCE: '1' };
}

/** Hands a batch in, and resolves when the gateway has died of it. */
async function crash(at: StandaloneWorld, name: string, model = 'claude-haiku-4-5'): Promise<void> {
  const requests = Array.from({ length: 3 }, (_, index) => entry(`${name}-${index}`, model));
  await clientOf(at)
    .messages.batches.create({ requests })
    .catch(() => undefined);
  expect(await at.gateway.exited).toBe('SIGKILL');
}

/** How often the provider was given a batch. */
async function timesHandedIn(at: StandaloneWorld): Promise<number> {
  const calls = await callsOf(at);
  return calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/batches')).length;
}

/** Each step, and what has become of its batch in the next process: nothing, not sent, or worked off. */
const steps = [
  ['batch_admitted', 'nothing'],
  ['batch_opened', 'not sent'],
  ['batch_sent', 'worked off'],
  ['batch_submitted', 'worked off'],
  ['batch_read', 'worked off'],
  ['batch_entries_ended', 'worked off'],
  ['batch_ended', 'worked off'],
] as const;

test.each(['claude-haiku-4-5', 'gpt-4o-mini'])(
  'at each step of a batch of %s',
  async (model) => {
    world = await startWorld({ logLevel: 'debug' });
    const seen = new Set<string>();
    for (const [step, becomes] of steps) {
      await world.gateway.stop();
      await world.startAgain(crashAt(step));
      const handedIn = await timesHandedIn(world);
      await crash(world, step, model);
      await world.startAgain();
      const client = clientOf(world);
      const { data } = await client.messages.batches.list();
      const found = data.filter(({ id }) => !seen.has(id));
      expect({ step, batches: found.length }).toEqual({ step, batches: becomes === 'nothing' ? 0 : 1 });
      for (const { id } of found) {
        seen.add(id);
        const { request_counts: counts } = await untilEnded(client, id);
        expect({ step, counts }).toMatchObject({
          step,
          counts: becomes === 'worked off' ? { succeeded: 3 } : { errored: 3 },
        });
        expect((await resultsOf(client, id)).size).toBe(3);
      }
      const times = (await timesHandedIn(world)) - handedIn;
      expect({ step, times }).toEqual({ step, times: becomes === 'worked off' ? 1 : 0 });
    }
    expect(await expectBooked(world)).toBeGreaterThan(0n);
  },
  240_000,
);

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

test('before it is known whether the batch has left: the money stays held, and nothing is sent twice', async () => {
  world = await startWorld({ logLevel: 'debug', environment: crashAt('batch_submitting') });
  await crash(world, 'unknown');
  await world.startAgain();
  const { data } = await clientOf(world).messages.batches.list();
  expect(data).toMatchObject([{ processing_status: 'in_progress', request_counts: { processing: 3 } }]);
  expect(await timesHandedIn(world)).toBe(0);
  const { stdout } = await world.waybill(['budgets', 'show', 'small-total', '--json']);
  const { spent_pico_usd: spent, held_pico_usd: held } = JSON.parse(stdout) as Record<string, string>;
  expect(spent).toBe('0');
  expect(BigInt(held ?? '')).toBeGreaterThan(0n);
}, 60_000);
