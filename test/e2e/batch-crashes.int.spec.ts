// kill -9 of the gateway at each step of a batch: nothing is lost, nothing is doubled, nothing is sent twice.
import { afterEach, expect, test } from '@jest/globals';
import { clientOf, crashAt, entry, expectBooked, resultsOf, timesHandedIn, untilEnded } from './batch-client.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let world: StandaloneWorld | undefined;
afterEach(() => world?.stop(), 60_000);

/** Hands a batch in, and resolves when the gateway has died of it. */
async function crash(at: StandaloneWorld, name: string, model = 'claude-haiku-4-5'): Promise<void> {
  const requests = Array.from({ length: 3 }, (_, index) => entry(`${name}-${index}`, model));
  await clientOf(at)
    .messages.batches.create({ requests })
    .catch(() => undefined);
  expect(await at.gateway.exited).toBe('SIGKILL');
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
