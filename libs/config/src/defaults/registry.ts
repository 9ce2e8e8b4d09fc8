// A model registry file as earlier systems wrote it, turned into models and limits.
import { parseUsd } from '@waybill/kernel';
import { type Problems, pathText } from '../reading/problems.ts';
import { isTree, listIn, type Tree } from '../reading/tree.ts';

const known = [
  ...['id', 'provider', 'name', 'capabilities', 'cost_per_1k_input_tokens', 'cost_per_1k_output_tokens', 'rate_limits'],
  ...['context_window', 'max_output_tokens', 'average_response_time_ms', 'enabled'],
];

/** Words of registries for what our capabilities call otherwise; words for kinds of tasks rule nothing out. */
const capabilityWords: Readonly<Record<string, string>> = {
  'function-calling': 'tools',
  'tool-use': 'tools',
  tools: 'tools',
  vision: 'vision',
  'image-understanding': 'vision',
  embeddings: 'embeddings',
  embedding: 'embeddings',
  'json-mode': 'json_schema',
  'structured-output': 'json_schema',
};

export interface Registered {
  readonly models: readonly Tree[];
  readonly limits: readonly Tree[];
}

/** Reads the content of a registry file; `file` is for problems, `providers` those that are configured. */
export function readRegistry(tree: Tree, file: string, providers: readonly unknown[], problems: Problems): Registered {
  if (!Array.isArray(tree.models)) problems.add(`${file}: models`, 'is missing; give a list of models');
  const models: Tree[] = [];
  const limits: Tree[] = [];
  for (const [index, entry] of listIn(tree, 'models').entries()) {
    const report = (key: string, message: string) =>
      problems.add(`${file}: ${pathText(['models', index, key])}`, message);
    if (!isTree(entry)) {
      report('', 'is not a mapping; give id, provider and costs');
      continue;
    }
    models.push(modelOf(entry, providers, report));
    if (isTree(entry.rate_limits)) {
      limits.push({ id: `registry/${entry.id}`, scope: { model: entry.id }, ...entry.rate_limits });
    }
  }
  return { models, limits };
}

type ReportKey = (key: string, message: string) => void;

function modelOf(entry: Tree, providers: readonly unknown[], report: ReportKey): Tree {
  const kindNamed = entry.provider === 'google' ? 'gemini' : entry.provider;
  const configured = providers.filter(isTree);
  const provider =
    configured.find(({ id }) => id === entry.provider) ??
    configured.find(({ kind, dialect }) => kind === kindNamed || (kind === 'simulator' && dialect === kindNamed));
  if (provider === undefined)
    report('provider', `${entry.provider} is not among the providers; add it there, or set its key`);
  for (const key of Object.keys(entry)) {
    if (!known.includes(key)) report(key, `is not known here; known are: ${known.join(', ')}`);
  }
  const {
    rate_limits: _limits,
    name: _name,
    cost_per_1k_input_tokens: _in,
    cost_per_1k_output_tokens: _out,
    ...rest
  } = entry;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => known.includes(key))),
    provider: provider?.id ?? entry.provider,
    capabilities: capabilitiesOf(listIn(entry, 'capabilities')),
    prices: pricesOf(entry, report),
  };
}

function capabilitiesOf(words: readonly unknown[]): string[] {
  const mapped = words.flatMap((word) => capabilityWords[String(word)] ?? []);
  return mapped.includes('embeddings') ? ['embeddings'] : [...new Set(['chat', 'streaming', 'tools', ...mapped])];
}

/** USD per thousand tokens -> a price row in USD per million; two zeros mean that the model is free. */
function pricesOf(entry: Tree, report: ReportKey): unknown {
  const perMillion = (key: string) => {
    const perThousand = typeof entry[key] === 'string' ? parseUsd(entry[key], 9) : undefined;
    if (perThousand === undefined) report(key, 'is missing or no decimal number; give USD per thousand tokens');
    return perThousand;
  };
  const input = perMillion('cost_per_1k_input_tokens');
  const output = perMillion('cost_per_1k_output_tokens');
  if (input === 0n && output === 0n) return 'free';
  return [{ input: `${input ?? 0n}e-6`, output: `${output ?? 0n}e-6` }];
}
