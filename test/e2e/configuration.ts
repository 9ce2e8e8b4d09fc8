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
  readonly brokenLike?: keyof typeof models;
  /** Routes besides `smart`. */
  readonly routes?: readonly RouteOptions[];
  /** Whether providers that failed are asked if they are back; default true. */
  readonly healthChecks?: boolean;
  /** The largest request body; default 10,485,760. */
  readonly maxBodyBytes?: number;
}

/** Prices in USD per million tokens, the same as the simulator's. */
const models = {
  'gpt-4o-mini': ['openai', { input: 0.15, cached_input: 0.075, output: 0.6, tiers: { batch: { factor: 0.5 } } }],
  'gpt-4o': ['openai', { input: 2.5, cached_input: 1.25, output: 10, tiers: { batch: { factor: 0.5 } } }],
  'claude-haiku-4-5': [
    'anthropic',
    {
      ...{ input: 1, cached_input: 0.1, cache_write_5m: 1.25, cache_write_1h: 2, output: 5 },
      tiers: { batch: { factor: 0.5 } },
    },
  ],
  'gemini-2.5-flash': ['gemini', { input: 0.3, cached_input: 0.03, output: 2.5, audio_input: 1 }],
} as const;

const embeddingModels = [
  { id: 'text-embedding-3-small', provider: 'openai', input: 0.02 },
  { id: 'gemini-embedding-001', provider: 'gemini', input: 0.15 },
].map(({ input, ...model }) => ({
  ...model,
  capabilities: ['embeddings'],
  context_window: 8191,
  prices: [{ effective_from: '2024-01-01', input }],
}));

export const modelIds = Object.keys(models);

const paths = { openai: '/openai/v1', anthropic: '/anthropic', gemini: '/gemini/v1beta' } as const;

function chatModel([id, [provider, prices]]: [string, (typeof models)[keyof typeof models]]) {
  return {
    id,
    provider,
    capabilities: ['chat', 'streaming', 'tools', 'vision', 'json_schema', 'reasoning'],
    context_window: 128_000,
    max_output_tokens: 4096,
    prices: [{ effective_from: '2024-01-01', ...prices }],
  };
}

function brokenModels({ brokenModels = {}, brokenLike = 'gpt-4o-mini' }: ConfigurationOptions) {
  return Object.entries(brokenModels).map(([id, directives]) => ({
    ...chatModel([brokenLike, models[brokenLike]]),
    id,
    upstream_model: `${brokenLike}#${directives}`,
  }));
}

/** As JSON, which is also YAML. */
export function testConfiguration(simulatorUrl: string, options: ConfigurationOptions = {}) {
  const { smallBudgetUsd = 1, idleMs = 30_000, logLevel = 'warn', maxBodyBytes = 10_485_760 } = options;
  return {
    providers: Object.entries(paths).map(([dialect, path]) => ({
      id: dialect,
      kind: 'simulator',
      dialect,
      base_url: `${simulatorUrl}${path}`,
      timeouts: { idle_ms: idleMs, ...options.timeouts },
      health_check: { enabled: options.healthChecks ?? true },
    })),
    models: [...Object.entries(models).map(chatModel), ...embeddingModels, ...brokenModels(options)],
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
