// Models that are served no more by default, though configurations and registries still name them: offered when one does.
// List prices in USD per million tokens of the time they were current.
import type { Tree } from '../reading/tree.ts';

const text = ['chat', 'streaming', 'tools'];
const seeing = [...text, 'vision'];

function model(id: string, facts: Tree, prices: Tree): Tree {
  return { id, capabilities: text, ...facts, prices: [prices] };
}

const openai = [
  model(
    'gpt-3.5-turbo',
    { context_window: '16385', max_output_tokens: '4096', knowledge_cutoff: '2021-09' },
    { input: '0.5', output: '1.5' },
  ),
  model(
    'gpt-4',
    { context_window: '8192', max_output_tokens: '4096', knowledge_cutoff: '2021-09' },
    { input: '30', output: '60' },
  ),
  model(
    'gpt-4-turbo',
    { capabilities: seeing, context_window: '128000', max_output_tokens: '4096', knowledge_cutoff: '2023-12' },
    { input: '10', output: '30' },
  ),
  model(
    'gpt-4o',
    { capabilities: [...seeing, 'json_schema'], context_window: '128000', max_output_tokens: '16384' },
    { input: '2.5', cached_input: '1.25', output: '10' },
  ),
];

/** Anthropic's cost the same share of the input's price to write and to read the cache. */
function claude(id: string, facts: Tree, prices: Tree): Tree {
  const common = { capabilities: seeing, context_window: '200000', max_output_tokens: '4096' };
  return model(id, { ...common, ...facts }, prices);
}

const anthropic = [
  claude(
    'claude-3-opus',
    { upstream_model: 'claude-3-opus-20240229', released: '2024-02-29', knowledge_cutoff: '2023-08' },
    { input: '15', cached_input: '1.5', cache_write_5m: '18.75', output: '75' },
  ),
  claude(
    'claude-3-sonnet',
    { upstream_model: 'claude-3-sonnet-20240229', released: '2024-02-29', knowledge_cutoff: '2023-08' },
    { input: '3', cached_input: '0.3', cache_write_5m: '3.75', output: '15' },
  ),
  claude(
    'claude-3-haiku',
    { upstream_model: 'claude-3-haiku-20240307', released: '2024-03-07', knowledge_cutoff: '2023-08' },
    { input: '0.25', cached_input: '0.03', cache_write_5m: '0.3', output: '1.25' },
  ),
];

const gemini = [
  model('gemini-pro', { context_window: '32760', max_output_tokens: '8192' }, { input: '0.5', output: '1.5' }),
  model(
    'gemini-1.5-pro',
    { capabilities: seeing, context_window: '2097152', max_output_tokens: '8192' },
    { input: '1.25', output: '5', above: [{ tokens: '128000', input: '2.5', output: '10' }] },
  ),
];

/** By dialect. */
export const earlierCatalogs: Readonly<Record<string, readonly Tree[]>> = { openai, anthropic, gemini };
