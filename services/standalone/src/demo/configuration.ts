// The gateway of the demo: three dialects of one simulator, a route over all of them, and a budget of one dollar.

/** As JSON, which is also YAML. */
export function demoConfiguration(simulatorUrl: string): unknown {
  const provider = (dialect: string, path: string) => ({
    id: dialect,
    kind: 'simulator',
    dialect,
    base_url: `${simulatorUrl}${path}`,
  });
  const model = (id: string, providerId: string, prices: object) => ({
    id,
    provider: providerId,
    capabilities: ['chat', 'streaming', 'tools'],
    context_window: 128_000,
    max_output_tokens: 4096,
    prices: [{ effective_from: '2024-01-01', ...prices }],
  });
  return {
    providers: [
      provider('openai', '/openai/v1'),
      provider('anthropic', '/anthropic'),
      provider('gemini', '/gemini/v1beta'),
    ],
    models: [
      model('gpt-4o-mini', 'openai', { input: 0.15, cached_input: 0.075, output: 0.6 }),
      model('gpt-4o', 'openai', { input: 2.5, cached_input: 1.25, output: 10 }),
      model('claude-haiku-4-5', 'anthropic', {
        input: 1,
        cached_input: 0.1,
        cache_write_5m: 1.25,
        cache_write_1h: 2,
        output: 5,
      }),
      model('gemini-2.5-flash', 'gemini', { input: 0.3, cached_input: 0.03, output: 2.5, audio_input: 1 }),
    ],
    routes: [{ model: 'smart', candidates: ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'], retries: 2 }],
    keys: [
      { id: 'demo', secret: demoKeys.wide, tenant: 'demo' },
      { id: 'one-dollar', secret: demoKeys.oneDollar, tenant: 'small' },
    ],
    limits: [{ scope: { tenant: 'demo' }, requests_per_minute: 100_000, concurrency: 1000 }],
    budgets: [
      { id: 'one-dollar', scope: { tenant: 'small' }, amount_usd: 1, period: 'total', alerts: [0.5, 1.0] },
      { id: 'demo-monthly', scope: { tenant: 'demo' }, amount_usd: 50, period: 'month' },
    ],
  };
}

/** Virtual keys of the demo; they open nothing but its own gateway. */
export const demoKeys = { wide: 'demo-key', oneDollar: 'demo-one-dollar-key' };
