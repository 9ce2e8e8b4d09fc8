// Administration over HTTP, and the commands that use it.
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { BudgetStanding, ExplainedStep, LimitKind, LimitStanding, Spend } from '@waybill/contracts';
import type { CommandInput } from '@waybill/service';
import { type EdgeBench, type EdgeSettings, openEdgeBench } from '../testing/edge-bench.ts';
import { adminCommands } from './commands.ts';

const budget = BudgetStanding.fromPartial({
  id: 'acme-monthly',
  amountPicoUsd: 500_000_000_000_000n,
  spentPicoUsd: 123n,
  heldPicoUsd: 7n,
  uncertainPicoUsd: 1n,
  freePicoUsd: 499_999_999_999_869n,
  period: 'month',
  periodStartedAtMicros: 1_793_491_200_000_000n,
  scope: { tenant: 'acme' },
});
const limit = LimitStanding.fromPartial({ id: 'acme/rpm', kind: LimitKind.REQUESTS, amount: 600n, used: 2n });
const spend = Spend.fromPartial({ value: 'fast', amountPicoUsd: '525300000', attempts: 2n, inputTokens: 40n });
const step = ExplainedStep.fromPartial({ eventType: 'CallAdmitted', sentence: 'It may go.', eventJson: '{"a":1}' });

const neighbours: EdgeSettings['neighbours'] = {
  limits: {
    listBudgets: async ({ budgetId }) => ({ budgets: budgetId === '' || budgetId === budget.id ? [budget] : [] }),
    listLimits: async () => ({ limits: [limit] }),
  },
  cost: {
    getSpend: async ({ dimension }) => ({ spends: dimension === 'model' ? [spend] : [] }),
    explainCall: async ({ callId }) => ({ steps: callId === 'call_1' ? [step] : [] }),
  },
};

interface Asked {
  readonly status: number;
  readonly body: unknown;
}

async function ask({ url, adminToken }: EdgeBench, path: string, init: RequestInit = {}): Promise<Asked> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/admin/v1${path}`, { headers, ...init });
  return { status: answer.status, body: await answer.json() };
}

test('nothing is told without the token, which its owner alone can read', async () => {
  const bench = await openEdgeBench();
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    expect((await ask(bench, '/keys', { headers })).status).toBe(401);
  }
  expect((await stat(join(bench.dataDirectory, 'admin.token'))).mode & 0o777).toBe(0o600);
});

test('a budget is shown with its amounts as strings', async () => {
  const bench = await openEdgeBench({ neighbours });
  expect(await ask(bench, '/budgets/acme-monthly')).toEqual({
    status: 200,
    body: {
      id: 'acme-monthly',
      amount_pico_usd: '500000000000000',
      spent_pico_usd: '123',
      held_pico_usd: '7',
      uncertain_pico_usd: '1',
      free_pico_usd: '499999999999869',
      period: 'month',
      period_started_at: '2026-11-01T00:00:00.000Z',
      period_ends_at: null,
      scope: { tenant: 'acme' },
    },
  });
  expect(await ask(bench, '/budgets/none')).toMatchObject({ status: 404, body: { error: { kind: 'not_found' } } });
});

test('limits, spend and the story of a call are shown', async () => {
  const bench = await openEdgeBench({ neighbours });
  expect((await ask(bench, '/limits')).body).toMatchObject({
    limits: [{ kind: 'requests', amount: '600', used: '2' }],
  });
  expect((await ask(bench, '/spend?dimension=model')).body).toMatchObject({
    spends: [{ amount_pico_usd: '525300000' }],
  });
  const explained = await ask(bench, '/calls/call_1/explanation');
  expect(explained.body).toMatchObject({ steps: [{ sentence: 'It may go.', event: { a: 1 } }] });
  expect((await ask(bench, '/calls/none/explanation')).status).toBe(404);
});

test('a key is issued, is good, is listed without its secret, and is revoked', async () => {
  const bench = await openEdgeBench({ callers: 'keys' });
  const body = JSON.stringify({ id: 'ci', tenant: 'acme', expires_at: '2099-01-01T00:00:00Z' });
  const issued = await ask(bench, '/keys', { method: 'POST', body });
  const { key } = issued.body as { key: string };
  expect(issued).toMatchObject({ status: 201, body: { id: 'ci', tenant: 'acme', project: 'default', revoked: false } });
  const models = () => fetch(`${bench.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect((await models()).status).toBe(200);
  expect(JSON.stringify((await ask(bench, '/keys')).body)).not.toContain(key);
  expect(await ask(bench, '/keys/ci', { method: 'DELETE', headers: tokenOf(bench) })).toMatchObject({ status: 200 });
  expect((await models()).status).toBe(401);
  expect(bench.written.map(({ type }) => type.split('.').at(-1))).toEqual(['KeyIssued', 'KeyIssued', 'KeyRevoked']);
});

test.each([
  [{ tenant: 'a b' }, 'tenant is no id'],
  [{ expires_at: 'soon' }, 'expires_at'],
  [{ secret: 'x' }, 'the body has fields that are not known: secret'],
])('a request for a key with %j is refused by field', async (fields, message) => {
  const answer = await ask(await openEdgeBench(), '/keys', { method: 'POST', body: JSON.stringify(fields) });
  expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining(message) } } });
});

function tokenOf({ adminToken }: EdgeBench) {
  return { authorization: `Bearer ${adminToken}` };
}

describe('on the command line', () => {
  async function run(
    { configuration }: EdgeBench,
    words: string,
    input: Partial<CommandInput> = {},
  ): Promise<string[]> {
    const lines: string[] = [];
    const command = adminCommands.find(({ name }) => name === words);
    const rest = { arguments: [], options: {}, json: false, lines: (async function* () {})() };
    await command!.run({ ...rest, configuration, print: (line) => lines.push(line), ...input });
    return lines;
  }

  test('a budget is written as JSON as scripts expect', async () => {
    const bench = await openEdgeBench({ neighbours });
    const [line] = await run(bench, 'budgets show', { arguments: ['acme-monthly'], json: true });
    expect(JSON.parse(line!)).toMatchObject({ id: 'acme-monthly', held_pico_usd: '7', spent_pico_usd: '123' });
  });

  test('lists are tables', async () => {
    const bench = await openEdgeBench({ neighbours });
    expect(await run(bench, 'limits list')).toEqual([
      'id        kind      amount  used  held',
      'acme/rpm  requests  600     2     0',
    ]);
    const spent = await run(bench, 'spend', { options: { by: 'model' } });
    expect(spent[1]).toMatch(/^fast +0\.0005253 +2 /);
  });

  test('a key is made and revoked', async () => {
    const bench = await openEdgeBench({ neighbours });
    const [key] = await run(bench, 'keys add', { options: { id: 'ci', tenant: 'acme' } });
    expect(key).toMatch(/^wb_[0-9a-f]{72}$/);
    await run(bench, 'keys revoke', { arguments: ['ci'], options: { reason: 'a test' } });
    expect((await run(bench, 'keys list'))[1]).toMatch(/^ci .* true$/);
  });

  test('a fault of the gateway is told in its words', async () => {
    const bench = await openEdgeBench({ neighbours });
    await expect(run(bench, 'budgets show', { arguments: ['none'] })).rejects.toThrow('there is no budget none');
  });

  test('nothing that listens, no token, and a token of another gateway are told apart', async () => {
    const bench = await openEdgeBench();
    const gone = { ...bench.configuration, server: { ...bench.configuration.server, httpPort: 1 } };
    await expect(run({ ...bench, configuration: gone }, 'keys list')).rejects.toThrow('no gateway answers at');
    const elsewhere = {
      ...bench.configuration,
      storage: { ...bench.configuration.storage, dataDirectory: '/nowhere' },
    };
    await expect(run({ ...bench, configuration: elsewhere }, 'keys list')).rejects.toThrow('cannot be read');
    await writeFile(join(bench.dataDirectory, 'admin.token'), 'another');
    await expect(run(bench, 'keys list')).rejects.toThrow('administration asks for the token');
  });
});
