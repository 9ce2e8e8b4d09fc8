// What a configuration says, from file, environment and flags; where files are found, and what goes before what.
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ownFolder } from './testing/own-folder.ts';

const { path, write, load, told } = ownFolder();

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
          connections: 256,
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
      storage: { dataDirectory: join(path(), 'books'), durability: 'process' },
      callers: 'keys',
      file: join(path(), 'waybill.yaml'),
    });
    expect(configuration.providers[0]?.apiKey?.reveal()).toBe('sk-real-key');
    expect(configuration.keys[0]?.secret.reveal()).toBe('wk-team-a-key');
  });

  test('takes secrets from files, beside the configuration or elsewhere', () => {
    write('openai.key', 'sk-from-a-file\n');
    write('team-a', 'wk-team-a-key');
    const text = whole
      .replace(`\${OPENAI_API_KEY}`, `\${file:openai.key}`)
      .replace(`\${TEAM_A_KEY}`, `\${file:${join(path(), 'team-a')}}`);
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
    expect(load({ argv: ['--config', 'etc/w.json'] }).storage.dataDirectory).toBe(join(path(), 'etc', 'd'));
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
    expect(configuration.storage.dataDirectory).toBe(join(path(), 'data'));
  });

  test('the secret of the gateways is a file of the configuration, or none', () => {
    expect(load({}).server.secretFile).toBeUndefined();
    write('waybill.yaml', 'server: { secret_file: shared.secret }');
    expect(load({}).server.secretFile).toBe(join(path(), 'shared.secret'));
    const environment = { WAYBILL_SECRET_FILE: 'other/shared.secret' };
    expect(load({ environment }).server.secretFile).toBe(join(path(), 'other/shared.secret'));
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
