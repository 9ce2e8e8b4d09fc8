// Record with the providers there, replay with them gone, and repeat a run: a gateway from outside.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SimulatorProcess, startSimulatorProcess } from '@waybill/standalone';
import { type OwnGateway, startOwnGateway } from './own-gateway.ts';

let folder: string;
let simulator: SimulatorProcess;

const configuration = (url: string) => `
providers: [{ id: sim, kind: simulator, base_url: "${url}/openai/v1" }]
models:
  - id: fast
    provider: sim
    upstream_model: gpt-4o-mini
    prices: [{ effective_from: 2024-07-18, input: 0.15, cached_input: 0.075, output: 0.60 }]
  - { id: vectors, provider: sim, upstream_model: text-embedding-3-small, capabilities: [embeddings], prices: free }
offline: { folder: recordings }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-offline-'));
  simulator = await startSimulatorProcess();
}, 60_000);

afterAll(async () => {
  await simulator?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}, 60_000);

async function withGateway(
  mode: string,
  use: (gateway: OwnGateway) => Promise<void>,
  url = simulator.url,
): Promise<void> {
  const gateway = await startOwnGateway({
    files: { 'waybill.yaml': configuration(url) },
    folder,
    environment: { WAYBILL_OFFLINE_MODE: mode },
  });
  try {
    await use(gateway);
  } finally {
    await gateway.stop();
  }
}

async function ask({ url }: OwnGateway, text: string, { run = '', stream = false } = {}) {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(run && { 'x-waybill-run': run }) },
    body: JSON.stringify({ model: 'fast', stream, max_tokens: 30, messages: [{ role: 'user', content: text }] }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const contentOf = (text: string) =>
  (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;

describe('offline', () => {
  test('what was recorded is played back with nobody there, marked, and not booked', async () => {
    let recorded = '';
    await withGateway('record', async (gateway) => {
      const { headers, text } = await ask(gateway, 'Why is the sky blue?', { run: 'r1' });
      await ask(gateway, 'And the sea?', { run: 'r1', stream: true });
      expect(headers.get('x-waybill-replayed')).toBeNull();
      expect(Number(headers.get('x-waybill-cost-usd'))).toBeGreaterThan(0);
      recorded = text;
    });
    await withGateway(
      'replay',
      async (gateway) => {
        const { headers, text } = await ask(gateway, 'Why is the sky blue?');
        expect(contentOf(text)).toBe(contentOf(recorded));
        expect(JSON.parse(text)).toMatchObject({ usage: (JSON.parse(recorded) as { usage: object }).usage });
        expect(headers.get('x-waybill-replayed')).toBe('true');
        expect(headers.get('x-waybill-warnings')).toContain('no provider was asked');
        expect(Number(headers.get('x-waybill-cost-usd'))).toBe(0);
        const { stdout } = await gateway.waybill(['explain', headers.get('x-waybill-call-id') ?? '']);
        expect(stdout).toContain('The answer was a recording that was played back: no provider was asked.');
        const streamed = await ask(gateway, 'And the sea?', { stream: true });
        expect(streamed.headers.get('x-waybill-replayed')).toBe('true');
        expect(streamed.text).toContain('data: [DONE]');
        const missing = await ask(gateway, 'And the stars?');
        expect(missing).toMatchObject({ status: 404, text: expect.stringContaining('no recording of this request') });
        expect(JSON.parse(missing.text)).toMatchObject({ error: { code: 'no_recording' } });
      },
      'http://127.0.0.1:1',
    );
    await withGateway('off', async (gateway) => {
      const { stdout } = await gateway.waybill(['audit']);
      expect(stdout).toBeDefined();
      const spend = await gateway.waybill(['spend', '--by', 'model', '--json']);
      const { spends } = JSON.parse(spend.stdout) as { spends: { attempts: string }[] };
      expect(spends).toHaveLength(1);
    });
  }, 90_000);

  test('a run is repeated at the same versions, and compared', async () => {
    await withGateway('record', async (gateway) => {
      await ask(gateway, 'First?', { run: 'r2' });
      await ask(gateway, 'Second?', { run: 'r2', stream: true });
      const embedded = await fetch(`${gateway.url}/v1/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-waybill-run': 'r2' },
        body: JSON.stringify({ model: 'vectors', input: ['Third?', 'Fourth?'] }),
      });
      expect(embedded.status).toBe(200);
      await embedded.text();
    });
    await withGateway('off', async (gateway) => {
      const { code, stdout } = await gateway.waybill(['runs', 'rerun', 'r2', '--json']);
      const { calls } = JSON.parse(stdout) as { calls: object[] };
      const [chat, embedding] = ['gpt-4o-mini-2024-07-18', 'text-embedding-3-small'];
      expect(calls).toMatchObject(
        [chat, chat, embedding].map((version) => ({
          ...{ repeated: true, same_version: true, same_text: true },
          ...{ before: { version }, after: { version } },
        })),
      );
      expect(code).toBe(0);
      const again = await gateway.waybill(['runs', 'rerun', 'r2-rerun']);
      expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('its prompt is not kept') });
      const unknown = await gateway.waybill(['runs', 'rerun', 'r9']);
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('the books know of no run r9') });
    });
    await withGateway('replay', async (gateway) => {
      await ask(gateway, 'First?', { run: 'r3' });
      const { stdout } = await gateway.waybill(['runs', 'rerun', 'r3', '--json']);
      const { calls } = JSON.parse(stdout) as { calls: Record<'before' | 'after', { output_tokens: number }>[] };
      expect(calls[0]?.before.output_tokens).toBeGreaterThan(0);
      expect(calls[0]?.before.output_tokens).toBe(calls[0]?.after.output_tokens);
    });
  }, 90_000);
});
