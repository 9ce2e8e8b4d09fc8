// Several gateways in front of the same services: what one of them leaves behind, another one ends.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AttemptOutcome, CallOutcome } from '@waybill/contracts';
import { events } from '@waybill/event-log';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { eventually } from '../../load/books/eventually.ts';
import type { ServiceProcess } from './service-process.ts';
import { type DistributedWorld, startDistributedWorld } from './world.ts';

let world: DistributedWorld;
let first: ServiceProcess;
let second: ServiceProcess;

interface Asked {
  readonly stream?: boolean;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask({ url }: Pick<ServiceProcess, 'url'>, { stream = false, key = world.key, headers = {} }: Asked = {}) {
  const messages = [{ role: 'user', content: 'Why is the sky blue?' }];
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model: stream ? 'gpt-4o' : 'gpt-4o-mini', max_tokens: 400, stream, messages }),
  });
}

const streams: ReadableStreamDefaultReader[] = [];

/** Begins a stream that goes on for minutes; returns the id of its call. */
async function beginLongStream(gateway: ServiceProcess): Promise<string> {
  const answer = await ask(gateway, { stream: true });
  expect(answer.status).toBe(200);
  const reader = answer.body!.getReader();
  streams.push(reader);
  await reader.read();
  return answer.headers.get('x-waybill-call-id')!;
}

/** How a call stands on the books; nothing while it is open. */
async function endOf(callId: string): Promise<unknown> {
  const record = await world.openRecord();
  try {
    const stream = (await record.events.readStream(`call/${callId}`)).map(({ envelope }) => envelope);
    return {
      attempts: stream
        .filter(({ type }) => type === events.attemptEnded.type)
        .map((envelope) => events.attemptEnded.decode(envelope).outcome),
      calls: stream
        .filter(({ type }) => type === events.callEnded.type)
        .map((envelope) => events.callEnded.decode(envelope).outcome),
    };
  } finally {
    await record.close();
  }
}

const lostOnce = { attempts: [AttemptOutcome.LOST], calls: [CallOutcome.LOST] };

function isLost(callId: string): Promise<string[]> {
  return eventually(async () => {
    const end = JSON.stringify(await endOf(callId));
    return end === JSON.stringify(lostOnce) ? [] : [`call ${callId} stands as ${end}`];
  }, 60_000);
}

async function nothingIsHeld(): Promise<string[]> {
  return eventually(async () => {
    const { stdout, stderr } = await world.waybill(['budgets', 'show', 'acme-monthly', '--json']);
    const { held_pico_usd: held } = JSON.parse(stdout || '{}') as { held_pico_usd?: string };
    return held === '0' ? [] : [`held is ${held}: ${stderr}`];
  }, 30_000);
}

(hasNats && hasMongo ? describe : describe.skip)('two gateways', () => {
  beforeAll(async () => {
    world = await startDistributedWorld({ replicas: { gateway: 2 } });
    [first, second] = world.deployment.of('gateway') as [ServiceProcess, ServiceProcess];
    await world.simulator.setFaults([{ model: 'gpt-4o', directives: 'delay=500&output=400' }]);
    expect((await ask(first)).status).toBe(200);
    expect((await ask(second)).status).toBe(200);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(streams.map((reader) => reader.cancel().catch(() => undefined)));
    await world?.stop();
  }, 90_000);

  test('answer the same idempotency key alike', async () => {
    const headers = { 'idempotency-key': 'the-same-everywhere' };
    const answers = await Promise.all([first, second].map((gateway) => ask(gateway, { headers })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const callIds = answers.map((answer) => answer.headers.get('x-waybill-call-id'));
    expect(callIds[0]).toBe(callIds[1]);
    expect(await answers[0]!.text()).toBe(await answers[1]!.text());
  }, 60_000);

  test('know the keys that the other has issued, until it revokes them', async () => {
    const issued = await world.at(first).waybill(['keys', 'add', '--tenant', 'acme', '--json']);
    const { id, key } = JSON.parse(issued.stdout) as { id: string; key: string };
    const statusIs = (wanted: number) =>
      eventually(async () => {
        const { status } = await ask(second, { key });
        return status === wanted ? [] : [`${status} instead of ${wanted}`];
      });
    expect(await statusIs(200)).toEqual([]);
    expect((await world.at(first).waybill(['keys', 'revoke', id])).code).toBe(0);
    expect(await statusIs(401)).toEqual([]);
  }, 60_000);

  test('are told of by the doctor with the stores that they use', async () => {
    const { stdout } = await world.waybill(['doctor']);
    expect(stdout).toMatch(/^ok {3}event log: the archive in MongoDB ends at position [1-9]\d*$/m);
    expect(stdout).toMatch(/^ok {3}durability: NATS: /m);
  }, 60_000);

  test('one is killed: the other ends its calls, and it comes back under its name', async () => {
    const callId = await beginLongStream(second);
    await second.kill();
    expect((await ask(first)).status).toBe(200);
    expect(await isLost(callId)).toEqual([]);
    await second.start();
    expect((await ask(second)).status).toBe(200);
    expect(await endOf(callId)).toEqual(lostOnce);
    expect(await nothingIsHeld()).toEqual([]);
  }, 120_000);

  test('one is killed and started at once: it ends its own calls', async () => {
    const callId = await beginLongStream(second);
    await second.kill();
    await second.start();
    expect(await isLost(callId)).toEqual([]);
    expect((await ask(second)).status).toBe(200);
    expect(await nothingIsHeld()).toEqual([]);
  }, 120_000);

  test('one is paused for longer than its name lasts: its calls are ended, and it ends itself to be started anew', async () => {
    const callId = await beginLongStream(second);
    second.pause();
    expect(await isLost(callId)).toEqual([]);
    second.resume();
    const refused = await ask(second).then(
      ({ status }) => status,
      () => 'not there',
    );
    expect([503, 'not there']).toContain(refused);
    expect(await second.exited()).toBe(1);
    await second.start();
    expect((await ask(second)).status).toBe(200);
    expect(await endOf(callId)).toEqual(lostOnce);
    expect(await nothingIsHeld()).toEqual([]);
  }, 120_000);

  test('a third one with the name of one that runs does not start, and says why', async () => {
    await second.stop();
    const third = second.start({ WAYBILL_INSTANCE: first.instance });
    await expect(third).rejects.toThrow(/another gateway of this name.*WAYBILL_INSTANCE/s);
    await second.start();
    expect((await ask(second)).status).toBe(200);
  }, 120_000);

  test('a third one with another secret does not start, and says what to do', async () => {
    await second.stop();
    const third = second.start({ WAYBILL_SECRET_FILE: await otherSecret() });
    await expect(third).rejects.toThrow(/give all of them the same file/);
    await second.start();
    expect((await ask(second)).status).toBe(200);
  }, 120_000);
});

async function otherSecret(): Promise<string> {
  const file = join(second.dataDirectory, 'other.secret');
  await writeFile(file, Buffer.alloc(32, 8).toString('base64url'), { mode: 0o600 });
  return file;
}
