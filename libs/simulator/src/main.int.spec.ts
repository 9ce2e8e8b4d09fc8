// The simulator in a process of its own, steered over HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

interface Reply {
  readonly usage: { prompt_tokens: number; completion_tokens: number };
  readonly total: { calls: number };
  readonly lines: object[];
  readonly calls: object[];
}

let child: ChildProcess;
let url: string;

beforeAll(async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const options = JSON.stringify({ seed: 7, prices: { house: { input: '3', output: '6' } } });
  child = spawn(process.execPath, [main, options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data');
  url = JSON.parse(String(line)).url;
});
afterAll(async () => {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
});

const post = (path: string, body: unknown) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer good', 'x-waybill-attempt': 'attempt-1' },
    body: JSON.stringify(body),
  });
const get = async (path: string) => json(await fetch(`${url}${path}`));
const json = (reply: Response) => reply.json() as Promise<Reply>;
const question = { model: 'house', messages: [{ role: 'user', content: 'hello' }] };

test('faults, bill and reset over HTTP', async () => {
  expect((await post('/control/faults', { rules: [{ directives: 'fault=unavailable', limit: 1 }] })).status).toBe(200);
  expect((await post('/v1/chat/completions', question)).status).toBe(503);
  const { usage } = await json(await post('/v1/chat/completions', question));

  const bill = await get('/control/bill');
  const amount = BigInt(usage.prompt_tokens) * 3_000_000n + BigInt(usage.completion_tokens) * 6_000_000n;
  expect(bill.total).toEqual({ calls: 2, complete: 1, cut: 0, refused: 1, amountPicoUsd: amount.toString() });
  expect(bill.lines[1]).toMatchObject({ gatewayCallId: 'attempt-1', model: 'house' });
  expect(await get('/control/totals')).toEqual({ ...bill, lines: undefined });
  const { calls } = await get('/control/calls');
  expect(calls).toHaveLength(2);
  expect(JSON.stringify({ bill, calls })).not.toContain('good');

  await post('/control/reset', {});
  expect((await get('/control/bill')).total.calls).toBe(0);
});

test('rules and directives nobody understands are refused', async () => {
  const wrong = await post('/control/faults', { rules: [{ directives: 'fault=nonsense' }] });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toEqual({ error: expect.stringContaining('nonsense') });
  expect((await post('/control/faults', 'no rules')).status).toBe(200);
  expect((await post('/v1/chat/completions', { ...question, model: 'house#weather=fine' })).status).toBe(400);
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
});

test('ends on SIGTERM', async () => {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
