// Registry files of earlier systems, as they are, in a folder of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Configuration, loadConfiguration } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'waybill-registries-'));
let cwd = root;
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'));
  write('versions.json', JSON.stringify(versions));
  write('model_registry.json', JSON.stringify({ models: [turbo] }));
});

/** As the benchmark's strategy has it. */
const versions = {
  'gpt-4-turbo': {
    version: 'gpt-4-turbo-2024-04-09',
    api_model_id: 'gpt-4-turbo-preview',
    knowledge_cutoff: '2024-04-09',
    training_data_until: '2024-04-09',
    pinned_date: '2024-02-16',
    available: true,
  },
  'claude-3-opus': {
    version: 'claude-3-opus-20240229',
    knowledge_cutoff: '2024-02-29',
    pinned_date: '2024-02-16',
    available: true,
  },
};

/** As the model manager has it. */
const turbo = {
  id: 'gpt-4-turbo',
  provider: 'openai',
  name: 'GPT-4 Turbo',
  capabilities: ['text-generation', 'code-generation', 'analysis'],
  cost_per_1k_input_tokens: 0.01,
  cost_per_1k_output_tokens: 0.03,
  rate_limits: { requests_per_minute: 500, tokens_per_minute: 150_000 },
  context_window: 128_000,
  average_response_time_ms: 2000,
  enabled: true,
};

function write(name: string, content: string): void {
  writeFileSync(join(cwd, name), content);
}

function outcome(yaml: string, environment: Record<string, string> = {}) {
  write('waybill.yaml', yaml);
  return loadConfiguration({ environment, cwd });
}

function load(yaml: string, environment: Record<string, string> = {}): Configuration {
  const loaded = outcome(yaml, environment);
  if (!loaded.ok) throw new Error(loaded.fault.message);
  return loaded.value;
}

function told(yaml: string, environment: Record<string, string> = {}): string[] {
  const loaded = outcome(yaml, environment);
  return loaded.ok ? [] : loaded.fault.message.split('\n').map((line) => line.trim());
}

const modelIn = ({ models }: Configuration, id: string) => models.find((model) => model.id === id);

describe('a registry of models', () => {
  test('says which models there are, with their names and limits', () => {
    const { models, limits, routes } = load('registry: [model_registry.json]');
    expect(models).toMatchObject([
      {
        id: 'gpt-4-turbo',
        name: 'GPT-4 Turbo',
        provider: 'simulator-openai',
        capabilities: ['chat', 'streaming', 'tools'],
        prices: [{ prices: { input: 10_000_000n, output: 30_000_000n } }],
        averageResponseTimeMs: 2000,
      },
    ]);
    expect(limits).toMatchObject([
      { id: 'registry/gpt-4-turbo', scope: { model: 'gpt-4-turbo' }, requestsPerMinute: 500, tokensPerMinute: 150_000 },
    ]);
    expect(routes).toEqual([]);
  });

  test('comes after the models of the configuration', () => {
    const own = 'models: [{ id: mine, provider: simulator-openai, prices: free }]\nregistry: model_registry.json';
    expect(load(own).models.map(({ id }) => id)).toEqual(['mine', 'gpt-4-turbo']);
  });

  test('knows the word for a provider in any case', () => {
    write('google.json', JSON.stringify({ models: [{ ...turbo, id: 'g', provider: 'GOOGLE' }] }));
    expect(modelIn(load('registry: google.json'), 'g')?.provider).toBe('simulator-gemini');
  });

  test.each<[unknown, string]>([
    [{ ...turbo, context_window: '128k' }, 'r.json: models[0].context_window: is wrong; give a whole number (tokens)'],
    [
      { ...turbo, rate_limits: { requests_per_minut: 1 } },
      'r.json: models[0].rate_limits.requests_per_minut: is not known here; did you mean requests_per_minute?',
    ],
    [
      { ...turbo, rate_limits: { tokens_per_minute: 0 } },
      'r.json: models[0].rate_limits.tokens_per_minute: is wrong; give a whole number (tokens), 1 or more',
    ],
    [{ ...turbo, rate_limits: 500 }, 'r.json: models[0].rate_limits: is wrong; give a mapping with'],
    [{ ...turbo, enabled: 'perhaps' }, 'r.json: models[0].enabled: is wrong; give true or false'],
    [{ ...turbo, id: 'gpt 4' }, 'r.json: models[0].id: is wrong; give an id of letters'],
  ])('that is wrong is refused with its place and the fix: %j', (entry, expected) => {
    write('r.json', JSON.stringify({ models: [entry] }));
    expect(told('registry: r.json').filter((line) => line.startsWith(expected))).toHaveLength(1);
  });

  test.each([
    ['registry: { file: x }', 'registry[0]: is no text'],
    ['registry: gone.json', 'gone.json: cannot be read (ENOENT)'],
    ['registry: empty.json', 'empty.json: models: is missing; give a list of models'],
    ['registry: broken.json', 'broken.json:1:'],
  ])('has to be one: %j', (yaml, expected) => {
    write('empty.json', '{}');
    write('broken.json', '{ "models": [');
    const place = expected.startsWith('gone') ? join(cwd, expected) : expected;
    expect(told(yaml).some((line) => line.startsWith(place))).toBe(true);
  });
});

describe('a registry of versions', () => {
  test('pins models that are known, at the prices they had', () => {
    const configuration = load('registry: [versions.json]');
    expect(modelIn(configuration, 'gpt-4-turbo')).toMatchObject({
      provider: 'simulator-openai',
      upstreamModel: 'gpt-4-turbo-preview',
      prices: [{ prices: { input: 10_000_000n, output: 30_000_000n } }],
      snapshot: {
        version: 'gpt-4-turbo-2024-04-09',
        knowledgeCutoff: '2024-04-09',
        trainingDataUntil: '2024-04-09',
        pinnedDate: '2024-02-16',
      },
    });
    expect(modelIn(configuration, 'claude-3-opus')).toMatchObject({
      upstreamModel: 'claude-3-opus-20240229',
      snapshot: { version: 'claude-3-opus-20240229', knowledgeCutoff: '2024-02-29', released: '2024-02-29' },
    });
    expect(modelIn(configuration, 'gpt-4o-mini')?.snapshot.version).toBeUndefined();
  });

  test('pins the models of a registry of models, in any order', () => {
    for (const order of ['[model_registry.json, versions.json]', '[versions.json, model_registry.json]']) {
      const { models, limits } = load(`registry: ${order}`);
      expect(models.map(({ id, snapshot }) => [id, snapshot.version])).toEqual([
        ['gpt-4-turbo', 'gpt-4-turbo-2024-04-09'],
        ['claude-3-opus', 'claude-3-opus-20240229'],
      ]);
      expect(limits).toHaveLength(1);
    }
  });

  test('leaves standing what the configuration says itself', () => {
    const own =
      'registry: versions.json\nmodels: [{ id: gpt-4-turbo, provider: simulator-openai, prices: free, version: gpt-4-turbo-2023-11-06 }]';
    expect(modelIn(load(own), 'gpt-4-turbo')).toMatchObject({
      upstreamModel: 'gpt-4-turbo-preview',
      snapshot: { version: 'gpt-4-turbo-2023-11-06', knowledgeCutoff: '2024-04-09' },
    });
  });

  test('switches a model off that it says is not available', () => {
    const off = { ...versions, 'gpt-4-turbo': { ...versions['gpt-4-turbo'], available: false } };
    write('versions.json', JSON.stringify(off));
    const { models } = load('registry: [versions.json, model_registry.json]');
    expect(models.map(({ id, enabled }) => [id, enabled])).toEqual([
      ['gpt-4-turbo', false],
      ['claude-3-opus', true],
    ]);
  });

  test('may know of models that nobody is served', () => {
    write('versions.json', JSON.stringify({ ...versions, 'gpt-2-xl': { version: 'gpt-2-xl-2019' } }));
    const withOpenai = load('registry: versions.json', { OPENAI_API_KEY: 'sk-1' });
    expect(withOpenai.unservedVersions).toEqual(['claude-3-opus', 'gpt-2-xl']);
    expect(load('{}').unservedVersions).toEqual([]);
  });

  test.each<[unknown, string]>([
    [{ a: { version: 1.5, verson: 'x' } }, 'v.json: a.verson: is not known here; did you mean version?'],
    [{ a: { api_model_id: 'x' } }, 'v.json: a.version: is missing; give the name of the snapshot'],
    [
      { 'gpt-4-turbo': { version: 'x', knowledge_cutoff: 'April 2024' } },
      'v.json: gpt-4-turbo.knowledge_cutoff: is wrong; give a day such as 2024-04-09, or a month',
    ],
    [
      { 'gpt-4o-mini': { version: 'x', pinned_date: '2024-13-01' } },
      'v.json: gpt-4o-mini.pinned_date: is wrong; give a day',
    ],
  ])('that is wrong is refused with its place and the fix: %j', (content, expected) => {
    write('v.json', JSON.stringify(content));
    expect(told('registry: v.json').filter((line) => line.startsWith(expected))).toHaveLength(1);
  });

  test('pins each model once', () => {
    const twice = told('registry: [versions.json, versions.json]');
    expect(twice).toContain('versions.json: gpt-4-turbo: is in a registry before; remove one of them');
  });
});

describe('a model of the configuration', () => {
  test('is pinned by what is said, else by an upstream name with a date', () => {
    const model = (extra: string) =>
      load(`models: [{ id: m, provider: simulator-openai, prices: free, ${extra} }]`).models[0]?.snapshot.version;
    expect(model('version: v-1')).toBe('v-1');
    expect(model('upstream_model: gpt-4o-mini-2024-07-18')).toBe('gpt-4o-mini-2024-07-18');
    expect(model('upstream_model: claude-3-opus-20240229')).toBe('claude-3-opus-20240229');
    expect(model('upstream_model: gpt-4o-mini')).toBeUndefined();
    expect(model('upstream_model: llama-3-8b-instruct')).toBeUndefined();
  });
});
