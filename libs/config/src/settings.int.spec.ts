// Settings, assistants and variables of earlier systems, as their documents have them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Configuration, loadConfiguration } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'waybill-settings-'));
let cwd = root;
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'));
});

function outcome(yaml: string, environment: Record<string, string> = {}) {
  writeFileSync(join(cwd, 'waybill.yaml'), yaml);
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

const routeIn = ({ routes }: Configuration, name: string) => routes.find(({ model }) => model === name);

describe('the default model', () => {
  const environment = { DEFAULT_AI_MODEL: 'gpt-4', DEFAULT_AI_PROVIDER: 'openai' };

  test('is what is asked for when callers name nothing, with its fallbacks behind it', () => {
    const configuration = load('fallback_models: [gpt-3.5-turbo, claude-3-haiku]\nmax_retries: 3', environment);
    expect(configuration.routing).toEqual({
      defaultModel: 'default',
      fallbacks: ['gpt-3.5-turbo', 'claude-3-haiku'],
      retries: 3,
    });
    expect(routeIn(configuration, 'default')).toMatchObject({
      candidates: ['gpt-4', 'gpt-3.5-turbo', 'claude-3-haiku'],
      strategy: 'ordered',
      retries: 3,
    });
    expect(routeIn(configuration, 'smart')?.retries).toBe(3);
    const prices = configuration.models.find(({ id }) => id === 'gpt-4')?.prices;
    expect(prices).toMatchObject([{ prices: { input: 30_000_000n, output: 60_000_000n } }]);
  });

  test('may be the first model of a provider', () => {
    expect(routeIn(load('{}', { DEFAULT_AI_PROVIDER: 'ANTHROPIC' }), 'default')?.candidates).toEqual([
      'claude-haiku-4-5',
    ]);
  });

  test('is looked for at Azure by its common word', () => {
    const azure = 'providers: [{ id: west, kind: azure-openai, base_url: "https://west.example", api_key: k }]';
    const models = 'models: [{ id: chat, provider: west, upstream_model: deployment-1, prices: free }]';
    expect(routeIn(load(`${azure}\n${models}`, { DEFAULT_AI_PROVIDER: 'azure' }), 'default')?.candidates).toEqual([
      'chat',
    ]);
  });

  test('may be a route, which then stands as it is', () => {
    const configuration = load('{}', { DEFAULT_AI_MODEL: 'smart' });
    expect(configuration.routing.defaultModel).toBe('smart');
    expect(routeIn(configuration, 'default')).toBeUndefined();
  });

  test('of the file gives way to that of the environment', () => {
    const configuration = load('default_model: gpt-4.1', environment);
    expect(routeIn(configuration, 'default')?.candidates).toEqual(['gpt-4']);
    expect(load('{}').routing).toEqual({ defaultModel: undefined, fallbacks: [], retries: 2 });
  });

  test.each<[Record<string, string>, string]>([
    [{ DEFAULT_AI_MODEL: 'gpt-9' }, 'DEFAULT_AI_MODEL: there is no model gpt-9; '],
    [
      { DEFAULT_AI_MODEL: 'gpt-4', DEFAULT_AI_PROVIDER: 'anthropic' },
      'DEFAULT_AI_MODEL: gpt-4 is a model of simulator-openai, not of anthropic',
    ],
    [{ DEFAULT_AI_PROVIDER: 'azure' }, 'DEFAULT_AI_PROVIDER: azure is not among the providers'],
  ])('that is not there is told: %j', (variables, expected) => {
    expect(told('{}', variables).filter((line) => line.startsWith(expected))).toHaveLength(1);
  });
});

describe('the router', () => {
  const router = (more: string) =>
    `default_model: gpt-4o-mini\nrouter: { fallbackOrder: [OPENAI, ANTHROPIC, GOOGLE], maxRetries: 3${more} }`;

  test('goes on to the first model of each provider, in order', () => {
    const configuration = load(router(', fallbackEnabled: true'));
    expect(routeIn(configuration, 'default')).toMatchObject({
      candidates: ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'],
      strategy: 'ordered',
      retries: 3,
    });
    expect(configuration.routing.fallbacks).toEqual(['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash']);
  });

  test('goes on to nobody when fallbacks are off', () => {
    const configuration = load(router(', fallbackEnabled: false'));
    expect(routeIn(configuration, 'default')?.candidates).toEqual(['gpt-4o-mini']);
    expect(configuration.routing.fallbacks).toEqual([]);
  });

  test('looks for the cheapest, with a weight for the time', () => {
    const configuration = load(router(', costOptimizationEnabled: true, performanceWeighting: 0.3'));
    expect(routeIn(configuration, 'default')).toMatchObject({ strategy: 'cheapest', performanceWeight: 0.3 });
  });

  test('passes over a provider whose key is not set', () => {
    const configuration = load(router(''), { OPENAI_API_KEY: 'sk-1' });
    expect(routeIn(configuration, 'default')?.candidates).toEqual(['gpt-4o-mini']);
  });

  test('gives way to models that are named', () => {
    const configuration = load(`${router('')}\nfallback_models: [gemini-2.5-flash]`);
    expect(configuration.routing.fallbacks).toEqual(['gemini-2.5-flash']);
  });

  test.each([
    [router(', performanceWeighting: 3'), 'router.performanceWeighting: is wrong; give a number from 0 to 1'],
    [router(', fallbackEnabled: 2'), 'router.fallbackEnabled: is wrong; give true or false'],
    [router(', fallbacks: true'), 'router.fallbacks: is not known here; '],
    [
      'router: { fallbackOrder: [OPENIA] }',
      'router.fallbackOrder[0]: there is no provider OPENIA; did you mean openai?',
    ],
    ['router: { maxRetries: 99 }', 'router.maxRetries: is wrong; give a whole number (attempts)'],
    ['max_retries: no', 'max_retries: is wrong; give a whole number (attempts)'],
    ['router: on', 'router: is wrong; give a mapping'],
    ['fallback_models: gpt-4', 'fallback_models: is wrong; give a list of ids of models'],
    ['fallback_models: [gtp-4o-mini]', 'fallback_models[0]: there is no model gtp-4o-mini; did you mean gpt-4o-mini?'],
    ['fallback_models: [smart]', 'fallback_models[0]: smart is a route; name one of its models'],
    ['timeout: 0', 'timeout: is wrong; give whole seconds, such as 30'],
  ])('that is wrong is told: %s', (yaml, expected) => {
    expect(told(yaml).filter((line) => line.startsWith(expected))).toHaveLength(1);
  });
});

test('a timeout in seconds bounds the attempts at providers that say nothing of their own', () => {
  const { providers } = load(
    'timeout: 30\nproviders: [{ id: a, kind: simulator }, { id: b, kind: simulator, timeouts: { total_ms: 5 } }]',
  );
  expect(providers.map(({ timeouts }) => timeouts.totalMs)).toEqual([30_000, 5]);
});

test.each([
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['WARNING', 'warn'],
  ['ERROR', 'error'],
  ['CRITICAL', 'error'],
])('API_MODEL_LOG_LEVEL=%s is %s', (level, expected) => {
  expect(load('{}', { API_MODEL_LOG_LEVEL: level }).telemetry.logLevel).toBe(expected);
});

test('a level that is none is told of its variable', () => {
  expect(told('{}', { API_MODEL_LOG_LEVEL: 'LOUD' })).toContain(
    'API_MODEL_LOG_LEVEL: is wrong; give one of debug, info, warn, error',
  );
});

const assistant = `
tools:
  - type: function
    function:
      name: get_weather
      description: Get weather information for a location
      parameters:
        type: object
        properties:
          location: { type: string, description: City name, maxLength: 80, default: "5" }
          days: { type: integer, minimum: 1, enum: [1, 3, 7], default: 3 }
        required: [location]
presets:
  - name: Travel Assistant
    description: Plans journeys.
    model: gpt-4
    provider: openai
    temperature: 0.7
    max_tokens: 4000
    system_prompt: You plan journeys.
    tools: [get_weather]
`;

describe('an assistant', () => {
  test('becomes a preset with its tools written out', () => {
    const { presets } = load(assistant);
    expect(presets).toMatchObject([
      {
        name: 'Travel Assistant',
        description: 'Plans journeys.',
        model: 'gpt-4',
        temperature: 0.7,
        maxTokens: 4000,
        systemPrompt: 'You plan journeys.',
        tools: [{ name: 'get_weather', description: 'Get weather information for a location' }],
      },
    ]);
    expect(JSON.parse(presets[0]?.tools[0]?.parametersJson ?? '')).toEqual({
      type: 'object',
      properties: {
        location: { type: 'string', description: 'City name', maxLength: 80, default: '5' },
        days: { type: 'integer', minimum: 1, enum: [1, 3, 7], default: 3 },
      },
      required: ['location'],
    });
  });

  test('needs no more than a name and a model, which may be a route', () => {
    expect(load('presets: [{ name: plain, model: smart }]').presets).toMatchObject([
      { model: 'smart', temperature: undefined, maxTokens: undefined, systemPrompt: '', tools: [] },
    ]);
    const withDefault = load('default_model: gpt-4\npresets: [{ name: plain }]');
    expect(withDefault.presets[0]?.model).toBe('default');
  });

  test('finds a model by its name at the provider', () => {
    const models =
      'providers: [{ id: p, kind: simulator }]\nmodels: [{ id: quick, provider: p, upstream_model: gpt-x, prices: free }]';
    const { presets } = load(`${models}\npresets: [{ name: a, model: gpt-x, provider: p }]`);
    expect(presets[0]?.model).toBe('quick');
  });

  test.each([
    ['presets: [{ name: a, model: gpt-9 }]', 'presets[0].model: there is no model gpt-9'],
    [
      'presets: [{ name: a, model: gpt-4, provider: google }]',
      'presets[0].model: gpt-4 is a model of simulator-openai',
    ],
    ['presets: [{ name: a }]', 'presets[0].model: is missing'],
    ['presets: [{ model: smart }]', 'presets[0].name: is missing; give a name'],
    ['presets: [{ name: smart, model: smart }]', 'presets[0].name: smart is a model or a route'],
    [
      'presets: [{ name: a, model: smart }, { name: a, model: smart }]',
      'presets[1].name: a is taken by presets[0]; give each its own',
    ],
    ['presets: [{ name: a, model: smart, temperature: hot }]', 'presets[0].temperature: is wrong; give a number'],
    ['presets: [{ name: a, model: smart, tools: [fly] }]', 'presets[0].tools[0]: there is no tool fly under tools'],
    ['presets: [{ name: a, model: smart, prompt: x }]', 'presets[0].prompt: is not known here'],
    ['tools: [{ name: a }, { name: a }]', 'tools[1]: a is there twice'],
    ['tools: [5]', 'tools[0]: is wrong; give a tool with the name of its function'],
    [
      'presets: [{ name: a, model: smart, tools: [{ name: t, parameters: "{" }] }]',
      'presets[0].tools[0].parameters: is wrong; give a JSON Schema',
    ],
  ])('that is wrong is told: %s', (yaml, expected) => {
    expect(told(yaml).filter((line) => line.startsWith(expected))).toHaveLength(1);
  });
});
