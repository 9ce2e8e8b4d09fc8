// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables are written in the file
// Every way in which a file can be wrong: the place it names and the way to mend it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadConfiguration } from './index.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-problems-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const good = {
  providers: 'providers: [{ id: sim, kind: simulator }]',
  models: 'models: [{ id: fast, provider: sim, prices: [{ input: 0.15, output: 0.60 }] }]',
  routes: 'routes: [{ model: smart, candidates: [fast] }]',
  keys: 'keys: [{ id: team, secret: long-enough }]',
  limits: 'limits: [{ scope: { tenant: acme }, concurrency: 5 }]',
  budgets: 'budgets: [{ id: monthly, amount_usd: 5, period: month }]',
};

type Part = keyof typeof good;

function told(text: string, environment: Record<string, string> = {}): string[] {
  writeFileSync(join(cwd, 'waybill.yaml'), text);
  const loaded = loadConfiguration({ environment, cwd });
  return loaded.ok
    ? []
    : loaded.fault.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
}

function fileWith(part: Part | 'more', text: string): string {
  return Object.values({ ...good, more: '', [part]: text }).join('\n');
}

test('the file that the others are made from is right', () => {
  expect(told(Object.values(good).join('\n'))).toEqual([]);
});

test('a wire that the provider of a model does not have', () => {
  const providers = 'providers: [{ id: sim, kind: simulator, dialect: mistral }]';
  const models = 'models: [{ id: fast, provider: sim, prices: free, wire: responses }]';
  expect(told([providers, models].join('\n'))).toEqual([
    'models[0].wire: responses is none of mistral; give one of chat',
  ]);
});

const cases: [part: Part | 'more', text: string, expected: string][] = [
  ['more', 'budgts: []', 'budgts: is not known here; did you mean budgets?'],
  ['more', 'server: { htp_port: 1 }', 'server.htp_port: is not known here; did you mean http_port?'],
  ['more', 'server: 8080', 'server: is wrong; give a mapping with host, http_port, grpc_port'],
  [
    'more',
    'server: { http_port: 80.5 }',
    'server.http_port: is wrong; give a whole number (port), 0 or more and at most 65535',
  ],
  ['more', 'server: { http_port: 7, grpc_port: 7 }', 'server.grpc_port: is the same as http_port; give it its own'],
  ['more', 'storage: { durability: always }', 'storage.durability: is wrong; give one of power, process'],
  ['more', 'telemetry: { otlp_endpoint: "collector:4317" }', 'telemetry.otlp_endpoint: is wrong; give an address'],
  ['more', 'telemetry: { sample_ratio: 10 }', 'telemetry.sample_ratio: is wrong; give a number from 0 to 1'],
  ['more', 'evaluator: { enabled: maybe }', 'evaluator.enabled: is wrong; give true or false'],
  ['more', 'simulator: { seed: -1 }', 'simulator.seed: is wrong; give a whole number (seed)'],

  ['providers', 'providers: { openai: {} }', 'providers: is wrong; give a list'],
  ['providers', 'providers: [{ id: sim }]', 'providers[0].kind: is missing; give one of openai,'],
  ['providers', 'providers: [{ id: sim, kind: opneai }]', 'providers[0].kind: is wrong; give one of openai,'],
  [
    'providers',
    'providers: [{ id: sim, kind: github-copilot, api_key: gho_x }]',
    'providers[0].for_key: is missing; name the virtual key',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: github-copilot, api_key: ghp_x, for_key: ada }]',
    'providers[0].api_key: is a personal access token, which Copilot does not take',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: github-copilot, api_key: ghs_x, headers: { Authorization: x } }]',
    'providers[0].headers: has authorization, which is set here; remove it',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: github-copilot, api_key: ghs_x, client_version: new }]',
    'providers[0].client_version: is wrong; give a version such as 1.50.0',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: simulator, for_key: ada }]',
    'providers[0].for_key: is for kind github-copilot alone; remove it',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: simulator, api_version: 2026-10-21 }]',
    'providers[0].api_version: is for anthropic and azure-openai alone; remove it',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: simulator, dialect: anthropic, api_version: newest }]',
    'providers[0].api_version: is wrong; give a version such as 2026-10-21',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: azure-openai, api_key: k }]',
    'providers[0].base_url: is missing; azure-openai has no address of its own',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: mistral }]',
    'providers[0].api_key: is missing; write ${MISTRAL_API_KEY}',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: vllm, organization: acme }]',
    'providers[0].organization: is for openai and hugging-face alone',
  ],
  ['providers', 'providers: [{ id: sim, kind: vllm, auth: bearer }]', 'providers[0].auth: is for azure-openai alone'],
  ['providers', 'providers: [{ id: sim, kind: openai }]', 'providers[0].api_key: is missing; write ${OPENAI_API_KEY}'],
  [
    'providers',
    'providers: [{ id: sim, kind: openai, api_key: }]',
    'providers[0].api_key: is missing; write ${OPENAI_API_KEY}',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: openai, api_key: ${NOPE} }]',
    'providers[0].api_key: needs the environment variable NOPE, which is not set',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: openai, api_key: "${NOPE:-x}" }]',
    'providers[0].api_key: has ${NOPE:-x}, which names no environment variable',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: openai, api_key: "${file:nope.key}" }]',
    'providers[0].api_key: needs the file nope.key, which cannot be read (ENOENT)',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: openai-compatible }]',
    'providers[0].base_url: is missing; openai-compatible has no address of its own',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: ollama, base_url: "localhost:11434" }]',
    'providers[0].base_url: is wrong; give an address with http://',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: ollama, base_url: "http://me:pw@h" }]',
    'providers[0].base_url: is wrong; give an address with http://',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: ollama, dialect: openai }]',
    'providers[0].dialect: is for kind simulator alone; remove it',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: simulator, timeouts: { idle_ms: 30s } }]',
    'providers[0].timeouts.idle_ms: is wrong; give a whole number (milliseconds)',
  ],
  [
    'providers',
    'providers: [{ id: sim, kind: simulator }, { id: sim, kind: ollama }]',
    'providers[1].id: sim is taken by providers[0]; give each its own',
  ],

  ['models', 'models: []', 'models: has none; list at least one model'],
  ['models', 'models: [{ id: fast, provider: sim }]', 'models[0].prices: is missing; give rows such as'],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [] }]',
    'models[0].prices: is no list of prices; give rows such as',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ input: -0.15, output: 1 }] }]',
    'models[0].prices[0].input: is negative; give the price in USD per million tokens',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ output: 1 }] }]',
    'models[0].prices[0].input: is missing; give it',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ input: 1 }] }]',
    'models[0].prices[0].output: is missing, and the model can chat',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ input: 150000, output: 1 }] }]',
    'models[0].prices[0].input: 150000 is above 1000 USD per million tokens; check the unit',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ input: 1, output: 1, cached: 1 }] }]',
    'models[0].prices[0].cached: is not known here; did you mean',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ input: 1, output: 1 }, { input: 2, output: 2 }] }]',
    'models[0].prices[1]: holds at the same time as [0] of the list; set effective_to',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: [{ effective_from: 2026-02-01, effective_to: 2026-01-01, input: 1, output: 1 }] }]',
    'models[0].prices[0].effective_to: is not after effective_from',
  ],
  [
    'models',
    'models: [{ id: fast, provider: smi, prices: free }]',
    'models[0].provider: there is no provider smi; did you mean sim?',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: free, wire: carrier-pigeon }]',
    'models[0].wire: is wrong; give one of chat,',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: free, capabilities: [chat, flying] }]',
    'models[0].capabilities[1]: is wrong; give one of chat,',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: free, context_window: 128k }]',
    'models[0].context_window: is wrong; give a whole number (tokens), 1 or more',
  ],
  [
    'models',
    'models: [{ id: fast, provider: sim, prices: free }, { id: fast, provider: sim, prices: free }]',
    'models[1].id: fast is taken by models[0]; give each its own',
  ],
  [
    'models',
    'models: [{ id: "fast model", provider: sim, prices: free }]',
    'models[0].id: is wrong; give an id of letters',
  ],
  [
    'models',
    'models: { registry: x }',
    'models.registry: is not known here; give a list of models, or registry_file alone',
  ],

  [
    'routes',
    'routes: [{ model: smart, candidates: [] }]',
    'routes[0].candidates: is empty; give at least one id of a model',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fats] }]',
    'routes[0].candidates[0]: there is no model fats; did you mean fast?',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fast, fast] }]',
    'routes[0].candidates[1]: fast is there twice; remove one',
  ],
  [
    'routes',
    'routes: [{ model: a, candidates: [fast] }, { model: b, candidates: [a] }]',
    'routes[1].candidates[0]: a is a route; name one of its models',
  ],
  [
    'routes',
    'routes: [{ model: fast, candidates: [fast] }]',
    'routes[0].model: fast is the id of a model; give the route its own name',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fast], strategy: balanced }]',
    'routes[0].strategy: balanced is not available yet; use ordered or cheapest',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fast], strategy: chepest }]',
    'routes[0].strategy: is wrong; use ordered or cheapest',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fast], retries: many }]',
    'routes[0].retries: is wrong; give a whole number (attempts), 0 or more and at most 10',
  ],
  [
    'routes',
    'routes: [{ model: smart, candidates: [fast], stream: later }]',
    'routes[0].stream: is wrong; give one of live, whole',
  ],

  ['keys', 'keys: [{ id: team }]', 'keys[0].secret: is missing; give the secret'],
  [
    'keys',
    'keys: [{ id: team, secret: short }]',
    'keys[0].secret: is too short to be safe; give at least 8 characters',
  ],
  [
    'keys',
    'keys: [{ id: a, secret: the-same-one }, { id: b, secret: the-same-one }]',
    'keys[1].secret: is the same as that of keys[0]; give each its own',
  ],
  [
    'keys',
    'keys: [{ id: a, secret: one-secret }, { id: a, secret: two-secret }]',
    'keys[1].id: a is taken by keys[0]; give each its own',
  ],

  [
    'limits',
    'limits: [{ scope: { tenant: acme } }]',
    'limits[0]: limits nothing; give requests_per_minute, tokens_per_minute or concurrency',
  ],
  [
    'limits',
    'limits: [{ scope: { tenent: acme }, concurrency: 1 }]',
    'limits[0].scope.tenent: is not known here; did you mean tenant?',
  ],
  ['limits', 'limits: [{ concurrency: 0 }]', 'limits[0].concurrency: is wrong; give a whole number (calls), 1 or more'],
  [
    'limits',
    'limits: [{ concurrency: 1 }, { concurrency: 2 }]',
    'limits[1]: all is taken by limits[0]; give it an id of its own',
  ],
  [
    'limits',
    'limits: [{ scope: { model: smart }, concurrency: 1 }]',
    'limits[0].scope.model: smart is a route; name one of its models',
  ],
  [
    'limits',
    'limits: [{ scope: { provider: sima }, concurrency: 1 }]',
    'limits[0].scope.provider: there is no provider sima; did you mean sim?',
  ],

  [
    'budgets',
    'budgets: [{ id: m, amount_usd: 0, period: month }]',
    'budgets[0].amount_usd: is wrong; give an amount in USD above 0',
  ],
  [
    'budgets',
    'budgets: [{ id: m, amount_usd: -5, period: month }]',
    'budgets[0].amount_usd: is wrong; give an amount in USD above 0',
  ],
  [
    'budgets',
    'budgets: [{ id: m, amount_usd: 5 EUR, period: month }]',
    'budgets[0].amount_usd: is wrong; give an amount in USD above 0',
  ],
  ['budgets', 'budgets: [{ id: m, period: month }]', 'budgets[0].amount_usd: is missing; give an amount in USD'],
  [
    'budgets',
    'budgets: [{ id: m, amount_usd: 5, period: fortnight }]',
    'budgets[0].period: is wrong; give one of day, month, total',
  ],
  [
    'budgets',
    'budgets: [{ id: m, amount_usd: 5, period: day, alerts: [80] }]',
    'budgets[0].alerts[0]: is wrong; give a share of the amount above 0 and up to 1',
  ],
  [
    'budgets',
    'budgets: [{ id: m, amount_usd: 5, period: day }, { id: m, amount_usd: 5, period: day }]',
    'budgets[1].id: m is taken by budgets[0]; give each its own',
  ],
];

describe('a file that is wrong', () => {
  test.each(cases)('%s %s', (part, text, expected) => {
    const lines = told(fileWith(part, text));
    expect(lines.filter((line) => line.startsWith(expected))).toHaveLength(1);
  });

  test('tells everything at once, of every section', () => {
    const lines = told(
      [
        'models: [{ id: fast, provider: gone, prices: [{ input: -1, output: 1 }] }]',
        'routes: [{ model: smart, candidates: [fast, other] }]',
        'budgets: [{ id: m, amount_usd: 0, period: month }]',
        'sever: {}',
      ].join('\n'),
    );
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'sever',
      'models[0].prices[0].input',
      'budgets[0].amount_usd',
      'models[0].provider',
      'routes[0].candidates[1]',
    ]);
  });

  test('never shows the value of a variable, wherever it was put', () => {
    const text = fileWith(
      'models',
      'models: [{ id: fast, provider: "${KEY}", prices: [{ input: "${KEY}", output: 1 }] }]',
    );
    const lines = told(text, { KEY: 'sk-very-secret' }).join('\n');
    expect(lines).not.toContain('very-secret');
    expect(lines).toContain('models[0].provider: there is no provider ${KEY}');
  });
});
