// The gateway as a platform team would run it: a key, limits and a budget in the way of every call, all of them wide.

/** As JSON, which is also YAML. */
export function benchConfiguration(simulatorUrl: string, durability: 'process' | 'power') {
  return {
    providers: [{ id: 'simulated', kind: 'simulator', dialect: 'openai', base_url: `${simulatorUrl}/openai/v1` }],
    models: [
      {
        id: 'bench',
        provider: 'simulated',
        upstream_model: 'gpt-4o-mini',
        capabilities: ['chat', 'streaming', 'tools'],
        context_window: 128_000,
        max_output_tokens: 16_384,
        prices: [{ effective_from: '2024-07-18', input: 0.15, cached_input: 0.075, output: 0.6 }],
      },
    ],
    keys: [{ id: 'bench', secret: 'bench-key', tenant: 'acme', project: 'load' }],
    limits: [
      {
        scope: { tenant: 'acme' },
        requests_per_minute: 1_000_000_000,
        tokens_per_minute: 1_000_000_000_000,
        concurrency: 100_000,
      },
    ],
    budgets: [{ id: 'acme-monthly', scope: { tenant: 'acme' }, amount_usd: 5_000_000, period: 'month' }],
    storage: { durability },
  };
}
