// The table of the README: what still works when one part is down, what is refused, and what is caught up later.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { events } from '@waybill/event-log';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { eventually } from '../../load/books/eventually.ts';
import { type DistributedWorld, startDistributedWorld } from './world.ts';

let world: DistributedWorld;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function call(model = 'gpt-4o-mini'): Promise<Answer> {
  const answer = await fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.key}` },
    body: JSON.stringify({ model, max_tokens: 20, messages: [{ role: 'user', content: 'Why is the sky blue?' }] }),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** Waits until calls are answered again; the last answer when they are not. */
function answeredAgain(withinMs = 20_000): Promise<string[]> {
  return eventually(async () => {
    const { status, text } = await call();
    return status === 200 ? [] : [`${status} ${text}`];
  }, withinMs);
}

async function auditIsClean(): Promise<string[]> {
  return eventually(async () => {
    const { code, stdout, stderr } = await world.waybill(['audit', '--json']);
    const caughtUp = code === 0 && (JSON.parse(stdout) as { caught_up: boolean }).caught_up;
    return caughtUp ? [] : [`audit exits ${code}: ${stdout.slice(0, 500)}${stderr}`];
  }, 30_000);
}

async function countOf(type: string): Promise<number> {
  const record = await world.openRecord();
  try {
    let count = 0;
    for await (const batch of record.events.read(0n, { types: [type] })) count += batch.length;
    return count;
  } finally {
    await record.close();
  }
}

const part = (name: Parameters<typeof world.deployment.of>[0]) => world.deployment.of(name)[0]!;

(hasNats && hasMongo ? describe : describe.skip)('with one part down', () => {
  beforeAll(async () => {
    world = await startDistributedWorld();
    expect(await answeredAgain()).toEqual([]);
  }, 90_000);
  afterAll(() => world?.stop(), 60_000);

  test('before that: each process is alive, ready, and shows its metrics', async () => {
    const asked = world.deployment.processes.flatMap(({ url }) =>
      ['/healthz', '/readyz', '/metrics'].map((path) => `${url}${path}`),
    );
    const statuses = await Promise.all(asked.map(async (url) => (await fetch(url)).status));
    expect(statuses).toEqual(asked.map(() => 200));
  });

  test('evaluator: calls are answered, their answers are not scored, later ones are', async () => {
    await part('evaluator').kill();
    const { status, headers } = await call();
    expect(status).toBe(200);
    const callId = headers.get('x-waybill-call-id');
    await part('evaluator').start();
    const scoresBefore = await countOf(events.answerEvaluated.type);
    // The gateway hands answers on without waiting: the first ones may still find nobody.
    const scored = async () => {
      expect((await call()).status).toBe(200);
      return (await countOf(events.answerEvaluated.type)) > scoresBefore
        ? []
        : ['no answer was scored after its return'];
    };
    expect(await eventually(scored)).toEqual([]);
    expect(callId).toMatch(/^call_/);
  }, 60_000);

  test('cost: calls are answered; the ledger stands still and catches up', async () => {
    await part('cost').kill();
    expect((await call()).status).toBe(200);
    expect((await call()).status).toBe(200);
    await part('cost').start();
    expect(await auditIsClean()).toEqual([]);
  }, 90_000);

  test('selector: models that were ranked before are still served, by the last ranking', async () => {
    expect((await call()).status).toBe(200);
    await part('selector').kill();
    expect((await call()).status).toBe(200);
    const unknown = await call('gpt-4o');
    expect([200, 503]).toContain(unknown.status);
    await part('selector').start();
    expect(await answeredAgain()).toEqual([]);
    expect((await call('gpt-4o')).status).toBe(200);
  }, 60_000);

  test('rate-limit: nothing goes out without an admission; calls are refused and told when to come back', async () => {
    await part('rate-limit').kill();
    const attemptsBefore = (await world.simulator.bill()).lines.length;
    const refused = await call();
    expect(refused.status).toBe(503);
    expect(refused.text).toMatch(/rate-limit|limits/);
    expect((await world.simulator.bill()).lines).toHaveLength(attemptsBefore);
    await part('rate-limit').start();
    expect(await answeredAgain()).toEqual([]);
  }, 90_000);

  test('provider-adapter: calls fail with the reason, and nothing is booked for what was never sent', async () => {
    await part('provider-adapter').kill();
    const before = await world.waybill(['budgets', 'show', 'acme-monthly', '--json']);
    const failed = await call();
    expect(failed.status).toBe(503);
    const spent = ({ stdout }: typeof before) => (JSON.parse(stdout) as { spent_pico_usd: string }).spent_pico_usd;
    const after = await world.waybill(['budgets', 'show', 'acme-monthly', '--json']);
    expect(spent(after)).toBe(spent(before));
    await part('provider-adapter').start();
    expect(await answeredAgain()).toEqual([]);
  }, 60_000);

  test('NATS: calls are refused before anything goes out; what had begun is written down when it is back', async () => {
    await world.deployment.nats.kill();
    await sleep(500);
    const attemptsBefore = (await world.simulator.bill()).lines.length;
    const refused = await call();
    expect(refused.status).toBe(503);
    expect((await world.simulator.bill()).lines).toHaveLength(attemptsBefore);
    await world.deployment.nats.start();
    expect(await answeredAgain(30_000)).toEqual([]);
    expect(await auditIsClean()).toEqual([]);
  }, 120_000);

  test('MongoDB: calls go on until the leases of limits end, then money fails closed; all is caught up', async () => {
    await world.deployment.mongodb.kill();
    expect((await call()).status).toBe(200);
    const closed = async () => {
      const { status } = await call();
      return status === 503 ? [] : [`it still answers ${status}`];
    };
    expect(await eventually(closed, 20_000)).toEqual([]);
    await world.deployment.mongodb.start();
    expect(await answeredAgain(40_000)).toEqual([]);
    expect(await auditIsClean()).toEqual([]);
  }, 120_000);
});
