// Models that are offered without being configured, at list prices in USD per million tokens, by dialect or provider.
// The dates are those of the lists the prices were taken from; a price whose end is announced has its end here.
import type { Tree } from '../reading/tree.ts';

const vision = ['chat', 'streaming', 'tools', 'vision', 'json_schema'];
const thinking = [...vision, 'reasoning'];
const half = { factor: '0.5' };
const web = { web_search: '0.01' };
const inUnitedStates = { 'inference_geo.us': '1.1' };

const openai: Tree[] = [
  {
    id: 'gpt-4o-mini',
    capabilities: vision,
    context_window: '128000',
    max_output_tokens: '16384',
    prices: [
      {
        ...{ effective_from: '2024-07-18', input: '0.15', cached_input: '0.075', output: '0.60' },
        tiers: { batch: half, priority: { input: '0.25', cached_input: '0.125', output: '1.00' } },
      },
    ],
  },
  {
    id: 'gpt-4.1',
    capabilities: vision,
    context_window: '1047576',
    max_output_tokens: '32768',
    prices: [
      {
        ...{ effective_from: '2025-04-14', input: '2', cached_input: '0.5', output: '8' },
        tiers: { batch: half, priority: { input: '3.5', cached_input: '0.875', output: '14' } },
      },
    ],
  },
  {
    id: 'gpt-5-mini',
    capabilities: thinking,
    context_window: '400000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ effective_from: '2025-08-07', input: '0.25', cached_input: '0.025', output: '2' },
        tiers: { batch: half, flex: half, priority: { input: '0.45', cached_input: '0.045', output: '3.60' } },
      },
    ],
  },
  {
    id: 'gpt-5.4',
    capabilities: thinking,
    context_window: '1050000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ input: '2.5', cached_input: '0.25', output: '15' },
        above: [{ tokens: '272000', input: '5', cached_input: '0.5', output: '22.5' }],
        tiers: { batch: half, flex: half, priority: { input: '5', cached_input: '0.5', output: '30' } },
      },
    ],
  },
  {
    id: 'text-embedding-3-small',
    capabilities: ['embeddings'],
    context_window: '8191',
    prices: [{ effective_from: '2024-01-25', input: '0.02', tiers: { batch: half } }],
  },
  {
    id: 'text-embedding-3-large',
    capabilities: ['embeddings'],
    context_window: '8191',
    prices: [{ effective_from: '2024-01-25', input: '0.13', tiers: { batch: half } }],
  },
];

const anthropic: Tree[] = [
  {
    id: 'claude-haiku-4-5',
    capabilities: thinking,
    context_window: '200000',
    max_output_tokens: '64000',
    prices: [
      {
        ...{ input: '1', cached_input: '0.1', cache_write_5m: '1.25', cache_write_1h: '2', output: '5' },
        ...{ tiers: { batch: half }, per_use: web },
      },
    ],
  },
  {
    id: 'claude-sonnet-5-5',
    capabilities: thinking,
    context_window: '1000000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ effective_to: '2026-10-07', input: '2', cached_input: '0.20', cache_write_5m: '2.5', cache_write_1h: '4' },
        ...{ output: '10', tiers: { batch: half }, factors: inUnitedStates, per_use: web },
      },
      {
        ...{
          effective_from: '2026-10-07',
          input: '2',
          cached_input: '0.10',
          cache_write_5m: '2.5',
          cache_write_1h: '4',
        },
        ...{ output: '10', tiers: { batch: half }, factors: inUnitedStates, per_use: web },
      },
    ],
  },
  {
    id: 'claude-opus-5-5',
    capabilities: thinking,
    context_window: '1000000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ input: '4', cached_input: '0.20', cache_write_5m: '5', cache_write_1h: '8', output: '20' },
        ...{ tiers: { batch: half }, factors: inUnitedStates, per_use: web },
      },
    ],
  },
];

const gemini: Tree[] = [
  {
    id: 'gemini-2.5-flash',
    capabilities: thinking,
    context_window: '1048576',
    max_output_tokens: '65536',
    prices: [
      {
        ...{ effective_from: '2025-06-17', input: '0.3', cached_input: '0.03', output: '2.5', audio_input: '1' },
        tiers: { batch: half, flex: half },
      },
    ],
  },
  {
    id: 'gemini-2.5-pro',
    capabilities: thinking,
    context_window: '1048576',
    max_output_tokens: '65536',
    prices: [
      {
        ...{ effective_from: '2025-06-17', input: '1.25', cached_input: '0.125', output: '10' },
        above: [{ tokens: '200000', input: '2.5', cached_input: '0.25', output: '15' }],
        tiers: { batch: half, flex: half },
      },
    ],
  },
  {
    id: 'gemini-3.8-flash',
    capabilities: thinking,
    context_window: '1048576',
    max_output_tokens: '65536',
    prices: [
      {
        ...{ effective_to: '2027-01-01', input: '0.75', cached_input: '0.075', output: '3.75' },
        tiers: { batch: half, flex: half },
      },
      {
        ...{ effective_from: '2027-01-01', input: '1.5', cached_input: '0.15', output: '7.5' },
        tiers: { batch: half, flex: half },
      },
    ],
  },
  {
    id: 'gemini-embedding-001',
    capabilities: ['embeddings'],
    context_window: '2048',
    prices: [{ input: '0.15', tiers: { batch: half } }],
  },
];

const ollama: Tree[] = [
  {
    id: 'llama3.2',
    capabilities: ['chat', 'streaming', 'tools'],
    context_window: '131072',
    max_output_tokens: '8192',
    prices: 'free',
  },
];

const cohere: Tree[] = [
  {
    id: 'command-a-03-2025',
    capabilities: ['chat', 'streaming', 'tools', 'json_schema'],
    context_window: '256000',
    max_output_tokens: '8192',
    prices: [{ effective_from: '2025-03-13', input: '2.5', output: '10' }],
  },
  {
    id: 'command-r-08-2024',
    capabilities: ['chat', 'streaming', 'tools', 'json_schema'],
    context_window: '128000',
    max_output_tokens: '4096',
    prices: [{ input: '0.15', output: '0.6' }],
  },
  {
    id: 'command-r7b-12-2024',
    capabilities: ['chat', 'streaming', 'tools', 'json_schema'],
    context_window: '128000',
    max_output_tokens: '4096',
    prices: [{ effective_from: '2024-12-13', input: '0.0375', output: '0.15' }],
  },
  {
    id: 'embed-v4.0',
    capabilities: ['embeddings'],
    context_window: '128000',
    prices: [{ effective_from: '2025-04-15', input: '0.12' }],
  },
];

/** LiteLLM's list of 2026-07-24; mistral-large-4 is Vercel's, from the end of its promotion. None names a cached price. */
const mistral: Tree[] = [
  {
    id: 'mistral-large-3',
    capabilities: vision,
    context_window: '262000',
    prices: [{ input: '0.5', output: '1.5', tiers: { batch: half } }],
  },
  {
    id: 'mistral-medium-3-5',
    capabilities: thinking,
    context_window: '262000',
    prices: [{ input: '1.5', output: '7.5', tiers: { batch: half } }],
  },
  {
    id: 'mistral-large-4',
    capabilities: thinking,
    context_window: '524000',
    max_output_tokens: '262000',
    prices: [
      { effective_to: '2026-10-20', input: '0.68', output: '2.09' },
      { effective_from: '2026-10-20', input: '1.36', output: '4.18', tiers: { batch: half } },
    ],
  },
];

/** xAI's own list of 2026-09-29, of which 4.5 to 4.7 have one price from 200,000 tokens on; grok-4.3 is LiteLLM's. */
function grok(id: string): Tree {
  return {
    id,
    capabilities: thinking,
    context_window: '500000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ input: '2', cached_input: '0.5', output: '6', tiers: { batch: half } },
        above: [{ tokens: '199999', input: '4', cached_input: '1', output: '12' }],
      },
    ],
  };
}

const xai: Tree[] = [
  {
    id: 'grok-4.3',
    capabilities: thinking,
    context_window: '1000000',
    max_output_tokens: '128000',
    prices: [
      {
        ...{ input: '1.25', cached_input: '0.2', output: '2.5', tiers: { batch: half } },
        above: [{ tokens: '200000', input: '2.5', cached_input: '0.4', output: '5' }],
      },
    ],
  },
  ...['grok-4.7', 'grok-4.6', 'grok-4.5'].map(grok),
];

/** LM Studio answers with whatever model is loaded. */
const lmStudio: Tree[] = [{ ...ollama[0], id: 'local-model', context_window: '32768' }];

export const catalogs: Readonly<Record<string, readonly Tree[]>> = {
  openai,
  anthropic,
  gemini,
  ollama,
  cohere,
  mistral,
  xai,
  'lm-studio': lmStudio,
};
