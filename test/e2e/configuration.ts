// The gateway of these tests: three dialects of one simulator at its own list prices, keys, limits and budgets.

export const keys = { acme: 'acme-key', small: 'small-key' } as const;

export interface RouteOptions {
  readonly model: string;
  readonly candidates: readonly string[];
  readonly retries?: number;
  readonly stream?: 'live' | 'whole';
}

export interface ConfigurationOptions {
  /** What tenant `small` may spend in all; default 1. */
  readonly smallBudgetUsd?: number;
  /** Longest wait between two pieces of a provider's answer; default 30,000. */
  readonly idleMs?: number;
  /** With `debug`, each point of a journey is a line; default `warn`. */
  readonly logLevel?: 'debug' | 'warn';
  /** Other bounds on a provider's answers, as the configuration names them; milliseconds. */
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Models that break, by id: the simulator's directives. */
  readonly brokenModels?: Readonly<Record<string, string>>;
  /** Which model they are otherwise; default gpt-4o-mini. */
  readonly brokenLike?: TestModelId;
  /** What they may answer at most; default 4,096 tokens. */
  readonly brokenOutputTokens?: number;
  /** To each provider at a time; default as configured by default. */
  readonly connections?: number;
  /** Routes besides `smart`. */
  readonly routes?: readonly RouteOptions[];
  /** Whether providers that failed are asked if they are back; default true. */
  readonly healthChecks?: boolean;
  /** The largest request body; default 10,485,760. */
  readonly maxBodyBytes?: number;
}

interface TestModel {
  readonly provider: keyof typeof paths;
  /** USD per million tokens, the same as the simulator's. */
  readonly prices: Readonly<Record<string, unknown>>;
  /** Default `chat`. */
  readonly wire?: 'responses';
  readonly embeds?: true;
}

const models = {
  'gpt-4o-mini': {
    provider: 'openai',
    prices: { input: 0.15, cached_input: 0.075, output: 0.6, tiers: { batch: { factor: 0.5 } } },
  },
  'gpt-4o': {
    provider: 'openai',
    prices: { input: 2.5, cached_input: 1.25, output: 10, tiers: { batch: { factor: 0.5 } } },
  },
  'claude-haiku-4-5': {
    provider: 'anthropic',
    prices: {
      ...{ input: 1, cached_input: 0.1, cache_write_5m: 1.25, cache_write_1h: 2, output: 5 },
      tiers: { batch: { factor: 0.5 } },
    },
  },
  'gemini-2.5-flash': {
    provider: 'gemini',
    prices: { input: 0.3, cached_input: 0.03, output: 2.5, audio_input: 1 },
  },
} as const satisfies Readonly<Record<string, TestModel>>;

const embeddingModels = {
  'text-embedding-3-small': { provider: 'openai', prices: { input: 0.02 }, embeds: true },
  'gemini-embedding-001': { provider: 'gemini', prices: { input: 0.15 }, embeds: true },
} as const satisfies Readonly<Record<string, TestModel>>;

/** In a configuration only where `brokenLike` names them. */
const furtherModels = {
  'gpt-4.1-mini': {
    provider: 'openai',
    prices: { input: 0.4, cached_input: 0.1, output: 1.6 },
    wire: 'responses',
  },
  'llama3.2': { provider: 'ollama', prices: { input: 0.06, output: 0.12 } },
  'command-r-08-2024': { provider: 'cohere', prices: { input: 0.15, output: 0.6 } },
  'nomic-embed-text': { provider: 'ollama', prices: { input: 0.01 }, embeds: true },
  'embed-v4.0': { provider: 'cohere', prices: { input: 0.12 }, embeds: true },
} as const satisfies Readonly<Record<string, TestModel>>;

const everyModel = { ...models, ...embeddingModels, ...furtherModels };

export type TestModelId = keyof typeof everyModel;

export const modelIds = Object.keys(models);

/** What the simulator does not list, or lists as free. */
export const pricesOfOwnMachines = {
  'llama3.2': { input: '0.06', output: '0.12' },
  'nomic-embed-text': { input: '0.01', output: '0' },
} as const;

export function isEmbeddingModel(id: TestModelId): boolean {
  return 'embeds' in everyModel[id];
}

const paths = {
  openai: '/openai/v1',
  anthropic: '/anthropic',
  gemini: '/gemini/v1beta',
  ollama: '/ollama',
  cohere: '/cohere',
} as const;

function configured(id: string, { provider, prices, wire, embeds }: TestModel) {
  const model = { id, provider, prices: [{ effective_from: '2024-01-01', ...prices }] };
  if (embeds) return { ...model, capabilities: ['embeddings'], context_window: 8191 };
  return {
    ...model,
    capabilities: ['chat', 'streaming', 'tools', 'vision', 'json_schema', 'reasoning'],
    context_window: 128_000,
    max_output_tokens: 4096,
    ...(wire && { wire }),
  };
}

/** With the one that they are like otherwise, in case it is a further one. */
function brokenModels(options: ConfigurationOptions) {
  const { brokenModels = {}, brokenLike: like = 'gpt-4o-mini', brokenOutputTokens: most } = options;
  return [
    ...(like in furtherModels ? [configured(like, everyModel[like])] : []),
    ...Object.entries(brokenModels).map(([id, directives]) => ({
      ...configured(id, everyModel[like]),
      upstream_model: `${like}#${directives}`,
      ...(most && { max_output_tokens: most }),
    })),
  ];
}

/** As JSON, which is also YAML. */
export function testConfiguration(simulatorUrl: string, options: ConfigurationOptions = {}) {
  const { smallBudgetUsd = 1, idleMs = 30_000, logLevel = 'warn', maxBodyBytes = 10_485_760 } = options;
  const standing = Object.entries({ ...models, ...embeddingModels });
  const all = [...standing.map(([id, model]) => configured(id, model)), ...brokenModels(options)];
  return {
    providers: [...new Set(all.map(({ provider }) => provider))].map((dialect) => ({
      id: dialect,
      kind: 'simulator',
      dialect,
      base_url: `${simulatorUrl}${paths[dialect]}`,
      timeouts: { idle_ms: idleMs, ...options.timeouts },
      ...(options.connections && { connections: options.connections }),
      health_check: { enabled: options.healthChecks ?? true },
    })),
    models: all,
    routes: [
      { model: 'smart', candidates: ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'], retries: 2 },
      ...(options.routes ?? []),
    ],
    keys: [
      { id: 'acme', secret: keys.acme, tenant: 'acme', project: 'search' },
      { id: 'small', secret: keys.small, tenant: 'small' },
    ],
    limits: [{ scope: { tenant: 'acme' }, requests_per_minute: 1_000_000, concurrency: 10_000 }],
    budgets: [
      { id: 'acme-monthly', scope: { tenant: 'acme' }, amount_usd: 10_000, period: 'month' },
      { id: 'small-total', scope: { tenant: 'small' }, amount_usd: smallBudgetUsd, period: 'total' },
    ],
    server: { max_body_bytes: maxBodyBytes },
    telemetry: { log_level: logLevel },
  };
}
