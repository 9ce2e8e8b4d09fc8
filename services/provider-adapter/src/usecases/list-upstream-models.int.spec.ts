// The lists of simulated providers over real sockets.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dialect } from '@waybill/config';
import { FaultKind } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { systemClock } from '@waybill/service';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { simulatedUpstream } from '../adapters/simulated-upstream.ts';
import { openTargets } from '../adapters/targets.ts';
import type { Target } from '../ports.ts';
import { listUpstreamModels } from './list-upstream-models.ts';

const canary = 'sk-canary-0123456789abcdef';
const world = { clock: systemClock(), signal: new AbortController().signal };
const opened: Target[] = [];
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(async () => {
  await Promise.all(opened.map(({ connection }) => connection.close()));
  await simulator.close();
});

async function targetAt(dialect: Dialect, baseUrl: string): Promise<Target> {
  const timeouts = { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };
  const kind = dialect as 'openai';
  const provider = { id: 'p', kind, dialect, baseUrl, apiKey: new Secret(canary), timeouts };
  const targets = await openTargets({ providers: [provider] }, simulatedUpstream({} as never), world.clock);
  const target = targets.get('p')!;
  opened.push(target);
  return target;
}

/** Answers every request with the given status and body, until `use` is through. */
async function withServer(answer: { status: number; body: string }, use: (url: string) => Promise<void>) {
  const server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the list of models', () => {
  test.each([
    ['openai', '/openai/v1', 'gpt-4o-mini'],
    ['anthropic', '/anthropic', 'claude-haiku-4-5'],
    ['gemini', '/gemini/v1beta', 'gemini-2.5-flash'],
    ['ollama', '/ollama', 'llama3.2'],
    ['mistral', '/mistral/v1', 'mistral-large-3'],
    ['xai', '/xai/v1', 'grok-4.7'],
  ] as const)('of %s is read', async (dialect, path, model) => {
    const { models, fault } = await listUpstreamModels(await targetAt(dialect, `${simulator.url}${path}`), world);
    expect(fault).toBeUndefined();
    expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining([expect.stringContaining(model)]));
  });

  test.each([
    [200, '<html></html>', FaultKind.UPSTREAM],
    [200, '{"data": 5}', FaultKind.UPSTREAM],
    [401, `{"error": {"message": "${canary} is wrong", "code": "invalid_api_key"}}`, FaultKind.UNAVAILABLE],
    [302, '', FaultKind.UPSTREAM],
  ])('that is none is told as a fault without the key: %d %s', async (status, body, kind) => {
    await withServer({ status, body }, async (url) => {
      const listed = await listUpstreamModels(await targetAt('openai', url), world);
      expect(listed).toMatchObject({ models: [], fault: { kind } });
      expect(JSON.stringify(listed)).not.toContain(canary);
    });
  });

  test('of Azure is not taken for one of deployments', async () => {
    const listed = await listUpstreamModels(await targetAt('azure-openai', `${simulator.url}/azure`), world);
    expect(listed).toMatchObject({ models: [], fault: { kind: FaultKind.INVALID } });
  });

  test('is bounded in time and told as a fault when nobody answers', async () => {
    const listed = await listUpstreamModels(await targetAt('openai', 'http://127.0.0.1:1'), world);
    expect(listed.fault?.kind).toBe(FaultKind.UNAVAILABLE);
  });
});
