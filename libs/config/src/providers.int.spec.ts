// Which providers are served, with which models: those of the file, of the environment, or the simulator.
import { describe, expect, test } from '@jest/globals';
import { ownFolder } from './testing/own-folder.ts';

const { write, load, told } = ownFolder();

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
      MISTRAL_API_KEY: 'mi-5',
      XAI_API_KEY: 'xai-6',
      OLLAMA_BASE_URL: 'http://gpu:11434/',
      LM_STUDIO_BASE_URL: 'http://localhost:1234/v1',
    };
    const { providers, models, callers } = load({ environment });
    expect(providers.map(({ id, kind, baseUrl }) => [id, kind, baseUrl])).toEqual([
      ['openai', 'openai', 'https://api.openai.com/v1'],
      ['anthropic', 'anthropic', 'https://api.anthropic.com'],
      ['google', 'gemini', 'https://generativelanguage.googleapis.com/v1beta'],
      ['cohere', 'cohere', 'https://api.cohere.com'],
      ['mistral', 'mistral', 'https://api.mistral.ai/v1'],
      ['xai', 'xai', 'https://api.x.ai/v1'],
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
    const mistral = load({ environment: { MISTRAL_API_KEY: 'mi-5' } }).models;
    expect(mistral.find(({ id }) => id === 'mistral-large-4')?.prices.map((row) => row.prices.output)).toEqual([
      2_090_000n,
      4_180_000n,
    ]);
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
