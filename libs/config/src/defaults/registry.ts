// A model registry file as earlier systems wrote it, turned into models and limits.
import { parseUsd } from '@waybill/kernel';
import { suggest } from '@waybill/rating';
import type { Problems } from '../reading/problems.ts';
import { isTree, listIn, type Tree } from '../reading/tree.ts';
import { namedProvider } from './named-provider.ts';

const passedOn = ['id', 'name', 'context_window', 'max_output_tokens', 'average_response_time_ms', 'enabled'];
const translated = ['provider', 'capabilities', 'cost_per_1k_input_tokens', 'cost_per_1k_output_tokens', 'rate_limits'];
const known = [...passedOn, ...translated];
const knownRates = ['requests_per_minute', 'tokens_per_minute'];

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

/** A model or limit made from an entry of a registry, and the entry's place for problems. */
export interface RegisteredEntry {
  readonly tree: Tree;
  readonly place: string;
}

export interface Registered {
  readonly models: readonly RegisteredEntry[];
  readonly limits: readonly RegisteredEntry[];
}

/**
 * Reads the content of a registry file; `file` is for problems, `providers` are those that are configured. A model that
 * is switched off may belong to a provider that is not: it is left out.
 */
export function readRegistry(tree: Tree, file: string, providers: readonly unknown[], problems: Problems): Registered {
  if (!Array.isArray(tree.models)) problems.add(`${file}: models`, 'is missing; give a list of models');
  const models: RegisteredEntry[] = [];
  const limits: RegisteredEntry[] = [];
  for (const [index, entry] of listIn(tree, 'models').entries()) {
    const place = `${file}: models[${index}]`;
    const report: ReportKey = (key, message) => problems.add(`${place}.${key}`, message);
    const provider = isTree(entry) ? namedProvider(entry.provider, providers) : undefined;
    if (!isTree(entry)) problems.add(place, 'is not a mapping; give id, provider and costs');
    else if (provider !== undefined) {
      models.push({ place, tree: modelOf(entry, provider, report) });
      const rates = ratesOf(entry, report);
      if (rates) limits.push({ place: `${place}.rate_limits`, tree: limitOf(entry, rates) });
    } else if (entry.enabled !== false) {
      report('provider', `${entry.provider} is not among the providers; add it there, or set its key`);
    }
  }
  return { models, limits };
}

type ReportKey = (key: string, message: string) => void;

function modelOf(entry: Tree, provider: Tree, report: ReportKey): Tree {
  for (const key of Object.keys(entry)) {
    if (!known.includes(key)) report(key, `is not known here; ${suggest(key, known)}`);
  }
  return {
    ...Object.fromEntries(passedOn.flatMap((key) => (Object.hasOwn(entry, key) ? [[key, entry[key]]] : []))),
    provider: provider.id,
    capabilities: capabilitiesOf(listIn(entry, 'capabilities')),
    prices: pricesOf(entry, report),
  };
}

/** Undefined where the entry limits nothing. */
function ratesOf({ rate_limits: rates }: Tree, report: ReportKey): Tree | undefined {
  if (rates === undefined) return undefined;
  if (!isTree(rates)) {
    report('rate_limits', `is wrong; give a mapping with ${knownRates.join(' and ')}`);
    return undefined;
  }
  const unknown = Object.keys(rates).filter((key) => !knownRates.includes(key));
  for (const key of unknown) report(`rate_limits.${key}`, `is not known here; ${suggest(key, knownRates)}`);
  const kept = Object.fromEntries(Object.entries(rates).filter(([key]) => knownRates.includes(key)));
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function limitOf(entry: Tree, rates: Tree): Tree {
  return { ...rates, id: `registry/${entry.id}`, scope: { model: entry.id } };
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
