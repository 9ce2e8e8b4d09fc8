// Real files and .env in a folder of their own; the environment is given, never the process's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration, ConfigurationSources } from './index.ts';
import { loadConfiguration } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'waybill-config-'));
let cwd = root;
let folders = 0;

beforeEach(() => {
  folders += 1;
  cwd = join(root, String(folders));
  mkdirSync(cwd);
});
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, content: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), content);
}

function load(sources: Omit<ConfigurationSources, 'cwd'> = {}): Configuration {
  const loaded = loadConfiguration({ environment: {}, cwd, ...sources });
  if (!loaded.ok) throw new Error(loaded.fault.message);
  return loaded.value;
}

function told(sources: Omit<ConfigurationSources, 'cwd'> = {}): string {
  const loaded = loadConfiguration({ environment: {}, cwd, ...sources });
  if (loaded.ok) throw new Error('it was loaded');
  expect(loaded.fault.kind).toBe('invalid');
  return loaded.fault.message;
}

const whole = `
providers:
  - id: openai
    kind: openai
    api_key: \${OPENAI_API_KEY}
    timeouts: { connect_ms: 1000 }
  - { id: sim, kind: simulator, dialect: anthropic, base_url: "http://127.0.0.1:9999/" }
models:
  - id: fast
    provider: openai
    upstream_model: gpt-4o-mini-2024-07-18
    capabilities: [chat, streaming, tools, vision, json_schema]
    context_window: 128000
    max_output_tokens: 16384
    prices:
      - { effective_from: 2024-07-18, input: 0.15, cached_input: 0.075, output: 0.60 }
  - { id: careful, provider: sim, prices: free }
routes:
  - { model: smart, candidates: [fast, careful], strategy: cheapest, max_output_tokens: 4096, retries: 1, stream: whole }
keys:
  - { id: team-a, secret: \${TEAM_A_KEY}, tenant: acme, project: search }
limits:
  - { scope: { tenant: acme }, requests_per_minute: 600, tokens_per_minute: 200000, concurrency: 50 }
budgets:
  - { id: acme-monthly, scope: { tenant: acme }, amount_usd: 500.000000000001, period: month, alerts: [1.0, 0.5, 0.8] }
server: { http_port: 9090 }
storage: { data_dir: books, durability: process }
`;
const secrets = { OPENAI_API_KEY: 'sk-real-key', TEAM_A_KEY: 'wk-team-a-key' };

describe('a whole file', () => {
  test('is read with its defaults filled in', () => {
    write('waybill.yaml', whole);
    const configuration = load({ environment: secrets });
    expect(configuration).toMatchObject({
      providers: [
        {
          id: 'openai',
          dialect: 'openai',
          baseUrl: 'https://api.openai.com/v1',
          timeouts: { connectMs: 1000, firstByteMs: 30_000, firstTokenMs: 120_000, idleMs: 30_000, totalMs: 600_000 },
        },
        { id: 'sim', kind: 'simulator', dialect: 'anthropic', baseUrl: 'http://127.0.0.1:9999' },
      ],
      models: [
        {
          id: 'fast',
          upstreamModel: 'gpt-4o-mini-2024-07-18',
          prices: [{ prices: { input: 150_000n, output: 600_000n } }],
        },
        { id: 'careful', upstreamModel: 'careful', maxOutputTokens: 4096, prices: [{ free: true }], enabled: true },
      ],
      routes: [{ model: 'smart', strategy: 'cheapest', maxOutputTokens: 4096, retries: 1, stream: 'whole' }],
      keys: [{ id: 'team-a', tenant: 'acme', project: 'search' }],
      limits: [{ id: 'tenant=acme', requestsPerMinute: 600, tokensPerMinute: 200_000, concurrency: 50 }],
      budgets: [{ amountPicoUsd: 500_000_000_000_001n, period: 'month', alertsBasisPoints: [5000, 8000, 10_000] }],
      server: { host: '127.0.0.1', httpPort: 9090, grpcPort: 50_051 },
      storage: { dataDirectory: join(cwd, 'books'), durability: 'process' },
      callers: 'keys',
      file: join(cwd, 'waybill.yaml'),
    });
    expect(configuration.providers[0]?.apiKey?.reveal()).toBe('sk-real-key');
    expect(configuration.keys[0]?.secret.reveal()).toBe('wk-team-a-key');
  });

  test('takes secrets from files, beside the configuration or elsewhere', () => {
    write('openai.key', 'sk-from-a-file\n');
    write('team-a', 'wk-team-a-key');
    const text = whole
      .replace(`\${OPENAI_API_KEY}`, `\${file:openai.key}`)
      .replace(`\${TEAM_A_KEY}`, `\${file:${join(cwd, 'team-a')}}`);
    write('waybill.yaml', text);
    const { providers, keys } = load();
    expect(providers[0]?.apiKey?.reveal()).toBe('sk-from-a-file');
    expect(keys[0]?.secret.reveal()).toBe('wk-team-a-key');

    write('waybill.yaml', text.replace('provider: openai', 'provider: sk-from-a-file'));
    expect(told()).toContain(`models[0].provider: there is no provider \${file:openai.key}`);
  });

  test('shows none of its secrets', () => {
    write('waybill.yaml', whole);
    const configuration = load({ environment: secrets });
    const text = JSON.stringify(configuration, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    for (const secret of Object.values(secrets))
      expect(text + inspect(configuration, { depth: 9 })).not.toContain(secret);
  });

  test('may be JSON, and may be named by variable or flag', () => {
    write('etc/w.json', '{"server": {"http_port": 1234}, "storage": {"data_dir": "d"}}');
    expect(load({ environment: { WAYBILL_CONFIG: 'etc/w.json' } }).server.httpPort).toBe(1234);
    expect(load({ argv: ['--config', 'etc/w.json'] }).storage.dataDirectory).toBe(join(cwd, 'etc', 'd'));
  });

  test('that is named has to be there', () => {
    expect(told({ environment: { WAYBILL_CONFIG: 'gone.yaml' } })).toContain('gone.yaml: cannot be read (ENOENT)');
  });
});

describe('the environment', () => {
  test('goes before the file, and flags go before both', () => {
    write('waybill.yaml', 'server: { http_port: 1, grpc_port: 2, host: 127.0.0.9 }');
    const environment = { WAYBILL_HTTP_PORT: '11', WAYBILL_GRPC_PORT: '12', WAYBILL_DATA_DIR: 'data' };
    const configuration = load({ environment, argv: ['--grpc-port=22'] });
    expect(configuration.server).toMatchObject({ host: '127.0.0.9', httpPort: 11, grpcPort: 22 });
    expect(configuration.storage.dataDirectory).toBe(join(cwd, 'data'));
  });

  test('the secret of the gateways is a file of the configuration, or none', () => {
    expect(load({}).server.secretFile).toBeUndefined();
    write('waybill.yaml', 'server: { secret_file: shared.secret }');
    expect(load({}).server.secretFile).toBe(join(cwd, 'shared.secret'));
    const environment = { WAYBILL_SECRET_FILE: 'other/shared.secret' };
    expect(load({ environment }).server.secretFile).toBe(join(cwd, 'other/shared.secret'));
  });

  test('is completed by .env, which does not replace what is set', () => {
    write('.env', 'WAYBILL_HTTP_PORT=31\nWAYBILL_GRPC_PORT=32\nOTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318/\n');
    const configuration = load({ environment: { WAYBILL_HTTP_PORT: '41', WAYBILL_GRPC_PORT: '' } });
    expect(configuration.server).toMatchObject({ httpPort: 41, grpcPort: 32 });
    expect(configuration.telemetry.otlpEndpoint).toBe('http://collector:4318');
  });

  test('is to blame for what comes from it', () => {
    const message = told({ environment: { WAYBILL_HTTP_PORT: 'x' }, argv: ['--grpc-port', '70000'] });
    expect(message).toContain('WAYBILL_HTTP_PORT: is wrong; give a whole number (port), 0 or more and at most 65535');
    expect(message).toContain('--grpc-port: is wrong');
  });

  test.each([
    [['--hots', 'x'], '--hots: is not known; did you mean host?'],
    [['--host'], '--host: has no value'],
  ])('and flags are checked too: %j', (argv, expected) => {
    expect(told({ argv })).toContain(expected);
  });

  test('name both distributed stores, or none of them', () => {
    const both = { WAYBILL_NATS_URL: 'nats://a:4222, nats://b:4222', WAYBILL_MONGODB_URI: 'mongodb://c/?replicaSet=r' };
    const { storage } = load({ environment: both });
    expect(storage.distributed?.nats).toMatchObject({ urls: ['nats://a:4222', 'nats://b:4222'], replicas: 3 });
    expect(storage.distributed?.mongodb.uri.reveal()).toBe('mongodb://c/?replicaSet=r');
    expect(load().storage.distributed).toBeUndefined();
    for (const [variable, other] of [
      ['WAYBILL_NATS_URL', 'storage.mongodb'],
      ['WAYBILL_MONGODB_URI', 'storage.nats'],
    ] as const) {
      expect(told({ environment: { [variable]: both[variable] } })).toContain(`${other}: is missing`);
    }
  });

  test('say where this process and the others are', () => {
    write('waybill.yaml', 'network: { services: { cost: "cost:50065", rate-limit: [a:1, b:2] } }');
    const environment = { WAYBILL_INSTANCE: 'gateway-0', WAYBILL_SERVICE_PORT: '50051' };
    const { network } = load({ environment });
    expect(network).toMatchObject({ instance: 'gateway-0', host: '127.0.0.1', port: 50_051 });
    expect(network.services).toMatchObject({ cost: ['cost:50065'], 'rate-limit': ['a:1', 'b:2'] });
    write('waybill.yaml', 'network: { services: { costs: "cost:50065" } }');
    expect(told()).toContain('network.services.costs: is not known here; did you mean cost?');
  });

  test('fills in the key of a provider of the file that is at its own address', () => {
    write('waybill.yaml', 'providers: [{ id: a, kind: anthropic }]');
    const configuration = load({ environment: { ANTHROPIC_API_KEY: 'key-of-a' } });
    expect(configuration.providers[0]?.apiKey?.reveal()).toBe('key-of-a');
    write('waybill.yaml', 'providers: [{ id: a, kind: anthropic, base_url: "https://elsewhere.example" }]');
    expect(told({ environment: { ANTHROPIC_API_KEY: 'key-of-a' } })).toContain('providers[0].api_key: is missing');
  });
});

describe('a provider', () => {
  const provider = (fields: string) => `providers: [{ id: p, kind: openai, ${fields} }]`;

  test('may have several keys, with weights', () => {
    write('waybill.yaml', provider(`api_keys: [{ key: \${ONE}, weight: 3 }, { id: spare, key: \${TWO} }]`));
    const environment = { ONE: 'sk-one', TWO: 'sk-two', OPENAI_API_KEY: 'sk-of-the-environment' };
    const { providers, callers } = load({ environment });
    expect(providers[0]?.apiKeys?.map(({ id, key, weight }) => [id, key.reveal(), weight])).toEqual([
      ['1', 'sk-one', 3],
      ['spare', 'sk-two', 1],
    ]);
    expect(providers[0]?.apiKey?.reveal()).toBe('sk-one');
    expect(callers).toBe('keys');
  });

  test.each([
    ['api_key: a, api_keys: [{ key: b }]', 'providers[0].api_key: is given beside api_keys'],
    ['api_keys: []', 'providers[0].api_keys: is empty'],
    ['api_keys: [{ key: a, weight: 0 }]', 'providers[0].api_keys[0].weight: is wrong'],
    ['api_keys: [{ id: x, key: a }, { id: x, key: b }]', 'providers[0].api_keys[1].id: is taken'],
    ['api_keys: [{ weight: 1 }]', 'providers[0].api_keys[0].key: is missing'],
  ])('with %s is refused', (fields, expected) => {
    write('waybill.yaml', provider(fields));
    expect(told()).toContain(expected);
  });

  test('is checked while it fails, and read on when a caller leaves, unless it is told otherwise', () => {
    write('waybill.yaml', 'providers: [{ id: a, kind: simulator }, { id: b, kind: ollama }]');
    const { providers } = load();
    expect(providers).toMatchObject([
      { healthCheck: { enabled: true, everyMs: 5_000 }, drain: { withinMs: 10_000, tokens: 250_000 } },
      { drain: { withinMs: 0 } },
    ]);
    write('waybill.yaml', provider('api_key: a, health_check: { enabled: false }, drain: { within_ms: 5, tokens: 6 }'));
    expect(load().providers[0]).toMatchObject({ healthCheck: { enabled: false }, drain: { withinMs: 5, tokens: 6 } });
  });
});

describe('without any provider', () => {
  test('the simulator is served, at list prices, and the first model can chat', () => {
    const { providers, models, routes, callers } = load();
    expect(new Set(providers.map((provider) => provider.kind))).toEqual(new Set(['simulator']));
    expect(providers.map((provider) => provider.dialect)).toEqual(['openai', 'anthropic', 'gemini', 'ollama']);
    expect(models[0]).toMatchObject({ id: 'gpt-4o-mini', capabilities: expect.arrayContaining(['chat']) });
    expect(models.find((model) => model.id === 'llama3.2')?.prices).toMatchObject([{ free: true }]);
    expect(routes.map((route) => [route.model, route.strategy])).toEqual([
      ['smart', 'ordered'],
      ['cheap', 'cheapest'],
    ]);
    expect(routes[0]?.candidates).toEqual(['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash']);
    expect(callers).toBe('open');
  });

  test('but not to the outside', () => {
    write('waybill.yaml', 'keys: [{ id: a, secret: long-enough }]');
    expect(load().callers).toBe('keys');
    expect(told({ environment: { WAYBILL_HOST: '0.0.0.0' } })).toContain(
      'the simulator is the default on loopback alone',
    );
  });

  test.each(['0.0.0.0', '::', '192.168.1.4', 'example.com'])(
    'no host outside loopback is taken without a key: %s',
    (host) => {
      write('waybill.yaml', 'providers: [{ id: o, kind: ollama }]');
      expect(told({ environment: { WAYBILL_HOST: host } })).toContain('WAYBILL_HOST: would let everybody in');
      const withKey = 'providers: [{ id: o, kind: ollama }]\nkeys: [{ id: a, secret: long-enough }]\n';
      write('waybill.yaml', withKey);
      expect(told({ environment: { WAYBILL_HOST: host } })).toContain('server.tls: is missing');
      for (const safe of ['plain_text: true', 'tls: { certificate_file: a.crt, key_file: a.key }']) {
        write('waybill.yaml', `${withKey}server: { ${safe} }`);
        expect(load({ environment: { WAYBILL_HOST: host } }).server.host).toBe(host);
      }
    },
  );
});

describe('providers that the environment names', () => {
  test('are served with models of their own', () => {
    const environment = {
      OPENAI_API_KEY: 'sk-1',
      ANTHROPIC_API_KEY: 'sk-2',
      GOOGLE_API_KEY: 'sk-3',
      COHERE_API_KEY: 'co-4',
      OLLAMA_BASE_URL: 'http://gpu:11434/',
      LM_STUDIO_BASE_URL: 'http://localhost:1234/v1',
    };
    const { providers, models, callers } = load({ environment });
    expect(providers.map(({ id, kind, baseUrl }) => [id, kind, baseUrl])).toEqual([
      ['openai', 'openai', 'https://api.openai.com/v1'],
      ['anthropic', 'anthropic', 'https://api.anthropic.com'],
      ['google', 'gemini', 'https://generativelanguage.googleapis.com/v1beta'],
      ['cohere', 'cohere', 'https://api.cohere.com'],
      ['ollama', 'ollama', 'http://gpu:11434'],
      ['lm-studio', 'lm-studio', 'http://localhost:1234/v1'],
    ]);
    for (const provider of providers) expect(models.some((model) => model.provider === provider.id)).toBe(true);
    expect(callers).toBe('keys');
  });

  test('have the keys and addresses of their kinds, and what Azure is asked by', () => {
    write(
      'waybill.yaml',
      `providers:
  - { id: azure, kind: azure-openai, api_version: 2024-10-21 }
  - { id: entra, kind: azure-openai, base_url: https://other.example, api_key: token, auth: bearer }
  - { id: mistral, kind: mistral }
  - { id: grok, kind: xai }
  - { id: hub, kind: hugging-face }
  - { id: local, kind: vllm }
models: [{ id: m, provider: azure, upstream_model: house, wire: responses, prices: free }]
`,
    );
    const keys = { AZURE_OPENAI_API_KEY: 'az', MISTRAL_API_KEY: 'mi', XAI_API_KEY: 'xa', HF_TOKEN: 'hf' };
    const environment = { ...keys, AZURE_OPENAI_ENDPOINT: 'https://house.example/' };
    const { providers, models } = load({ environment });
    const told = providers.map(({ baseUrl, apiKey, apiVersion, auth }) => [
      baseUrl,
      apiKey?.reveal(),
      apiVersion,
      auth,
    ]);
    expect(told).toEqual([
      ['https://house.example', 'az', '2024-10-21', undefined],
      ['https://other.example', 'token', undefined, 'bearer'],
      ['https://api.mistral.ai/v1', 'mi', undefined, undefined],
      ['https://api.x.ai/v1', 'xa', undefined, undefined],
      ['https://router.huggingface.co/v1', 'hf', undefined, undefined],
      ['http://localhost:8000/v1', undefined, undefined, undefined],
    ]);
    expect(models[0]?.wire).toBe('responses');
  });

  test('and announced prices begin when they are announced for', () => {
    const { models } = load({ environment: { ANTHROPIC_API_KEY: 'sk-2', GOOGLE_API_KEY: 'sk-3' } });
    const rows = (id: string) => models.find((model) => model.id === id)?.prices.map((row) => row.prices.cached_input);
    expect(rows('claude-sonnet-5-5')).toEqual([200_000n, 100_000n]);
    expect(rows('gemini-3.8-flash')).toEqual([75_000n, 150_000n]);
  });

  test('Copilot has to be configured, and is not passed over for a simulator', () => {
    expect(told({ environment: { GITHUB_COPILOT_TOKEN: 'gho_x' } })).toContain(
      'GITHUB_COPILOT_TOKEN: names GitHub Copilot',
    );
  });
});

describe('GitHub Copilot', () => {
  const file = (more: string) =>
    [
      `providers: [{ id: copilot, kind: github-copilot, api_key: \${TOKEN}, ${more} }]`,
      'models: [{ id: gpt-4.1, provider: copilot, prices: free }]',
    ].join('\n');
  const loaded = (TOKEN: string, more: string) => {
    write('waybill.yaml', file(more));
    return load({ environment: { TOKEN } }).providers[0]!;
  };

  test("is a person's seat, for that person's key", () => {
    const more = 'for_key: ada, client_version: 1.50.0, headers: { Copilot-Integration-Id: ours }';
    expect(loaded('gho_x', more)).toMatchObject({
      dialect: 'github-copilot',
      baseUrl: 'https://api.githubcopilot.com',
      copilot: {
        tokenUrl: 'https://api.github.com/copilot_internal/v2/token',
        forKey: 'ada',
        clientVersion: '1.50.0',
        headers: { 'copilot-integration-id': 'ours' },
      },
    });
  });

  test('is for all where an organization pays for an app', () => {
    expect(loaded('ghs_x', 'base_url: "http://localhost:1"').copilot).toMatchObject({ forKey: undefined, headers: {} });
  });
});

describe('the version of an API', () => {
  test('is for Anthropic, simulated or not', () => {
    write('waybill.yaml', 'providers: [{ id: a, kind: simulator, dialect: anthropic, api_version: 2026-10-21 }]');
    expect(load({}).providers[0]?.apiVersion).toBe('2026-10-21');
  });
});

describe('a model registry', () => {
  const registry = `{ "models": [
    { "id": "gpt-4-turbo", "provider": "openai", "name": "GPT-4 Turbo",
      "capabilities": ["text-generation", "code-generation", "analysis"],
      "cost_per_1k_input_tokens": 0.01, "cost_per_1k_output_tokens": 0.03,
      "rate_limits": { "requests_per_minute": 500, "tokens_per_minute": 150000 },
      "context_window": 128000, "average_response_time_ms": 2000, "enabled": true },
    { "id": "llama3", "provider": "ollama", "capabilities": ["text-generation"],
      "cost_per_1k_input_tokens": 0.0, "cost_per_1k_output_tokens": 0.0, "context_window": 8192, "enabled": false }
  ] }`;

  test('becomes models and limits', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const { models, limits } = load({
      environment: { OPENAI_API_KEY: 'sk-1', OLLAMA_BASE_URL: 'http://localhost:11434' },
    });
    expect(models).toMatchObject([
      {
        id: 'gpt-4-turbo',
        provider: 'openai',
        prices: [{ prices: { input: 10_000_000n, output: 30_000_000n } }],
        contextWindow: 128_000,
        averageResponseTimeMs: 2000,
        enabled: true,
      },
      { id: 'llama3', provider: 'ollama', prices: [{ free: true }], enabled: false },
    ]);
    expect(limits).toMatchObject([
      { scope: { model: 'gpt-4-turbo' }, requestsPerMinute: 500, tokensPerMinute: 150_000 },
    ]);
  });

  test('is served by the simulator when no provider is named', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    expect(load().models.map((model) => model.provider)).toEqual(['simulator-openai', 'simulator-ollama']);
  });

  test('may list models that are switched off and whose provider is not there', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const { models } = load({ environment: { OPENAI_API_KEY: 'sk-1' } });
    expect(models.map((model) => model.id)).toEqual(['gpt-4-turbo']);
  });

  test('says what is wrong in it', () => {
    const wrong = registry.replace('0.03', '"dear"').replace('"name"', '"nmae"').replace('false', 'true');
    write('config/model_registry.json', wrong);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const message = told({ environment: { OPENAI_API_KEY: 'sk-1' } });
    expect(message).toContain('config/model_registry.json: models[1].provider: ollama is not among the providers');
    expect(message).toContain(
      'config/model_registry.json: models[0].cost_per_1k_output_tokens: is missing or no decimal',
    );
    expect(message).toContain('config/model_registry.json: models[0].nmae: is not known here');
  });

  test('has to be there', () => {
    write('waybill.yaml', 'models: { registry_file: gone.json }');
    expect(told()).toContain('gone.json: cannot be read (ENOENT)');
  });
});
