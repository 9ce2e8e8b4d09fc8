// What is served when the file does not say: the providers that the environment names, or else the simulator.
import type { Environment } from '../reading/environment.ts';
import type { Problems } from '../reading/problems.ts';
import { isTree, listIn, type Tree } from '../reading/tree.ts';
import { kindFacts, type ProviderKind } from '../sections/provider.ts';
import { isLoopback } from '../sections/server.ts';
import { catalogs } from './catalog.ts';

/** Providers by the variable that names each. */
const namedProviders: Readonly<Record<string, (value: string) => Tree>> = {
  OPENAI_API_KEY: (key) => ({ id: 'openai', kind: 'openai', api_key: key }),
  ANTHROPIC_API_KEY: (key) => ({ id: 'anthropic', kind: 'anthropic', api_key: key }),
  GOOGLE_API_KEY: (key) => ({ id: 'google', kind: 'gemini', api_key: key }),
  COHERE_API_KEY: (key) => ({ id: 'cohere', kind: 'cohere', api_key: key }),
  MISTRAL_API_KEY: (key) => ({ id: 'mistral', kind: 'mistral', api_key: key }),
  XAI_API_KEY: (key) => ({ id: 'xai', kind: 'xai', api_key: key }),
  OLLAMA_BASE_URL: (url) => ({ id: 'ollama', kind: 'ollama', base_url: url }),
  LM_STUDIO_BASE_URL: (url) => ({ id: 'lm-studio', kind: 'lm-studio', base_url: url }),
};

const simulatedDialects = ['openai', 'anthropic', 'gemini', 'ollama'];
const simulated = ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash', 'text-embedding-3-small', 'llama3.2'];

/** The tree with providers, models and routes where it has none. */
export function withDefaults(tree: Tree, environment: Environment, problems: Problems): Tree {
  const isSilent = tree.providers === undefined;
  const providers = isSilent ? defaultProviders(tree, environment, problems) : tree.providers;
  const known = Array.isArray(providers) ? providers.map((each) => withKeys(each, environment)) : providers;
  const offered = offeredModels(Array.isArray(known) ? known : []);
  const models = tree.models ?? offered;
  const routes = tree.routes ?? (isSilent && tree.models === undefined ? defaultRoutes(offered) : []);
  return { ...tree, providers: known, models, routes };
}

function defaultProviders(tree: Tree, environment: Environment, problems: Problems): readonly Tree[] {
  const named = Object.entries(namedProviders).flatMap(([variable, provider]) => {
    const value = environment[variable];
    return value === undefined ? [] : [provider(value)];
  });
  if (named.length > 0) return named;
  if (environment.GITHUB_COPILOT_TOKEN !== undefined) {
    problems.add(
      'GITHUB_COPILOT_TOKEN',
      'names GitHub Copilot, which serves whoever a provider of kind github-copilot names; add one, or unset it',
    );
  }
  const host = isTree(tree.server) ? tree.server.host : undefined;
  if (typeof host === 'string' && !isLoopback(host)) {
    problems.add('providers', 'has none, and the simulator is the default on loopback alone; name a provider');
  }
  return simulatedDialects.map((dialect) => ({ id: `simulator-${dialect}`, kind: 'simulator', dialect }));
}

/** A provider that leaves out its key or address has those of its kind's variable, at the kind's own address only. */
function withKeys(provider: unknown, environment: Environment): unknown {
  if (!isTree(provider) || !Object.hasOwn(kindFacts, String(provider.kind))) return provider;
  const { keyVariable, urlVariable } = kindFacts[provider.kind as ProviderKind];
  const isOwn = provider.base_url !== undefined || provider.api_keys !== undefined;
  const isShared = !isOwn && provider.tenant_keys !== 'required';
  const key = isShared && keyVariable !== undefined ? environment[keyVariable] : undefined;
  const url = urlVariable === undefined ? undefined : environment[urlVariable];
  return { ...(key && { api_key: key }), ...(url && { base_url: url }), ...provider };
}

/** The models of the catalog for these providers; of two providers that offer the same one, the first has it. */
function offeredModels(providers: readonly unknown[]): readonly Tree[] {
  const models = new Map<unknown, Tree>();
  for (const provider of providers.filter(isTree)) {
    const isSimulator = provider.kind === 'simulator';
    const dialect = isSimulator ? (provider.dialect ?? 'openai') : provider.kind;
    const catalog = catalogs[String(provider.id)] ?? catalogs[String(dialect)] ?? [];
    const offered = isSimulator ? catalog.filter(({ id }) => simulated.includes(String(id))) : catalog;
    for (const model of offered) {
      if (!models.has(model.id)) models.set(model.id, { ...model, provider: provider.id });
    }
  }
  return [...models.values()].sort((left, right) => Number(canChat(right)) - Number(canChat(left)));
}

/** `smart`: the first model of each of the first three providers, in turn; `cheap`: whichever of them costs least. */
function defaultRoutes(models: readonly Tree[]): readonly Tree[] {
  const firstOfEach = new Map(
    models
      .filter(canChat)
      .toReversed()
      .map((model) => [model.provider, model.id]),
  );
  const candidates = [...firstOfEach.values()].toReversed().slice(0, 3);
  if (candidates.length === 0) return [];
  return [
    { model: 'smart', candidates, strategy: 'ordered' },
    { model: 'cheap', candidates, strategy: 'cheapest' },
  ];
}

function canChat(model: Tree): boolean {
  return listIn(model, 'capabilities').includes('chat');
}
