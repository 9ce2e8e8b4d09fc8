// The registry from outside: what is pinned, what drifts, what the providers have, and what the command line makes of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OwnGateway, startOwnGateway } from './own-gateway.ts';

const configuration = `
providers: [{ id: sim, kind: simulator }]
models:
  - { id: steady, provider: sim, upstream_model: gpt-4o-mini, version: gpt-4o-mini-2024-07-18, prices: free }
  - { id: drifting, provider: sim, upstream_model: gpt-4o-mini, version: gpt-4o-mini-2025-01-01, prices: free }
  - id: loose
    provider: sim
    upstream_model: gpt-4o-mini
    prices: free
registry: [versions.json]
`;
const versions = {
  'gpt-4-turbo': {
    version: 'gpt-4-turbo-2024-04-09',
    api_model_id: 'gpt-4-turbo-preview',
    knowledge_cutoff: '2024-04-09',
    available: true,
  },
};

let gateway: OwnGateway;

beforeAll(async () => {
  gateway = await startOwnGateway({
    files: { 'waybill.yaml': configuration, 'versions.json': JSON.stringify(versions) },
  });
}, 60_000);

afterAll(() => gateway?.stop(), 60_000);

async function ask(model: string, stream = false) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers;
}

interface Seen {
  readonly payload: { readonly modelId?: string; readonly warnings?: readonly { readonly code: string }[] };
}

async function attemptsOf(model: string): Promise<Seen[]> {
  const { stdout } = await gateway.waybill(['events', '--type', 'AttemptEnded', '--json']);
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Seen);
  return events.filter(({ payload }) => payload.modelId === model);
}

describe('a pin', () => {
  test('that holds says nothing', async () => {
    expect((await ask('steady')).get('x-waybill-warnings')).toBeNull();
    expect(gateway.log).not.toContain('model_drift');
  });

  test.each([false, true])('that does not hold is a warning to the caller, streamed: %p', async (stream) => {
    const warnings = (await ask('drifting', stream)).get('x-waybill-warnings');
    expect(warnings).toContain('is pinned to gpt-4o-mini-2025-01-01, and the answer came from gpt-4o-mini-2024-07-18');
  });

  test('that does not hold is a warning on the books, and one alarm', async () => {
    await ask('drifting');
    await ask('drifting');
    const ended = await attemptsOf('drifting');
    expect(ended.length).toBeGreaterThan(1);
    for (const { payload } of ended) expect(payload.warnings).toMatchObject([{ code: 'model_drift' }]);
    const alarms = gateway.log.split('\n').filter((line) => line.includes('"alarm":"model_drift"'));
    expect(alarms.map((line) => JSON.parse(line))).toMatchObject([
      { modelId: 'drifting', pinned: 'gpt-4o-mini-2025-01-01', reported: 'gpt-4o-mini-2024-07-18' },
    ]);
  });
});

describe('waybill models', () => {
  test('list shows the pins', async () => {
    const { stdout, code } = await gateway.waybill(['models', 'list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^gpt-4-turbo\s+model\s+sim\s+true\s+gpt-4-turbo-2024-04-09\s+2024-04-09/m);
    expect(stdout).toMatch(/^loose\s+model\s+sim\s+true\s+-\s+-\s+128000$/m);
  });

  test('show tells everything of one', async () => {
    const { stdout } = await gateway.waybill(['models', 'show', 'gpt-4-turbo']);
    expect(stdout).toContain('upstream_model: gpt-4-turbo-preview\n');
    expect(stdout).toContain('version: gpt-4-turbo-2024-04-09\n');
    const unknown = await gateway.waybill(['models', 'show', 'gone']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no model gone') });
  });

  test('refresh asks the providers, and fails when one of ours is not there', async () => {
    const { stdout, code } = await gateway.waybill(['models', 'refresh', '--json']);
    const { models } = JSON.parse(stdout) as { models: { id: string; listed: string }[] };
    expect(models.map(({ id }) => id)).toEqual(['steady', 'drifting', 'loose', 'gpt-4-turbo']);
    expect(models.find(({ id }) => id === 'loose')?.listed).toBe('yes');
    expect(code).toBe(models.some(({ listed }) => listed === 'no') ? 1 : 0);
  });

  test('pin writes what stands in the file, and tells the rest', async () => {
    const file = join(gateway.folder, 'waybill.yaml');
    const written = await gateway.waybill(['models', 'pin', 'loose', 'gpt-4o-mini-2024-07-18', '--keep-upstream']);
    expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining('is pinned to') });
    expect(await readFile(file, 'utf8')).toMatch(
      /- id: loose\n {4}version: gpt-4o-mini-2024-07-18\n {4}pinned_date: \d{4}-\d\d-\d\d\n/,
    );
    const told = await gateway.waybill(['models', 'pin', 'gpt-4-turbo', 'gpt-4-turbo-2025-01-01']);
    expect(told.stdout).toContain('not written: gpt-4-turbo is not written out under models in waybill.yaml');
    expect(told.stdout).toContain('    version: gpt-4-turbo-2025-01-01\n');
  });
});
