// Settings of earlier systems for which model is asked first and what follows when it fails: into routing and a route.
import { suggest } from '@waybill/rating';
import type { Problems } from '../reading/problems.ts';
import { isTree, listIn, type Tree, textsIn } from '../reading/tree.ts';
import { findModel, firstChatModel } from './find-model.ts';
import { namedProvider } from './named-provider.ts';

/** Their names at the top level of the file. */
export const settingNames = [
  'default_model',
  'default_provider',
  'fallback_models',
  'max_retries',
  'timeout',
  'router',
] as const;

const routerNames = [
  'fallbackEnabled',
  'fallbackOrder',
  'costOptimizationEnabled',
  'performanceWeighting',
  'maxRetries',
];
const providerWords = ['openai', 'anthropic', 'google'];

/** The name under which the default model and its fallbacks are one route. */
const defaultRoute = 'default';

/** Names of models in these settings. */
export function modelsInSettings(tree: Tree): readonly unknown[] {
  return [tree.default_model, ...listIn(tree, 'fallback_models')].filter((name) => name !== undefined);
}

/** The tree, which has its models by now, without these settings and with what they mean. */
export function withSettings(tree: Tree, problems: Problems): Tree {
  const router = routerOf(tree, problems);
  const rest = Object.fromEntries(Object.entries(tree).filter(([name]) => !settingNames.includes(name as 'timeout')));
  const first = firstModel(tree, problems);
  const fallbacks = isOn(router.fallbackEnabled, true) ? fallbacksOf(tree, router, problems) : [];
  const retries = router.maxRetries ?? tree.max_retries;
  if (retries !== undefined)
    problems.setSource('routing.retries', router.maxRetries === undefined ? 'max_retries' : 'router.maxRetries');
  const routing = { ...(fallbacks.length > 0 && { fallbacks }), ...(retries !== undefined && { retries }) };
  return {
    ...rest,
    providers: withTimeout(tree.providers, tree.timeout, problems),
    ...withRetries(withDefaultRoute(rest, { first, fallbacks, router, routing, problems })),
  };
}

/** Routes that say nothing of their attempts have those of the routing. */
function withRetries({ routes, routing }: Routed): Routed {
  const { retries } = isTree(routing) ? routing : {};
  if (retries === undefined || !Array.isArray(routes)) return { routes, routing };
  return { routing, routes: routes.map((route) => (isTree(route) ? { retries, ...route } : route)) };
}

function routerOf({ router = {} }: Tree, problems: Problems): Tree {
  if (!isTree(router)) {
    problems.add('router', `is wrong; give a mapping with ${routerNames.join(', ')}`);
    return {};
  }
  for (const key of Object.keys(router)) {
    if (!routerNames.includes(key)) problems.add(`router.${key}`, `is not known here; ${suggest(key, routerNames)}`);
  }
  for (const key of ['fallbackEnabled', 'costOptimizationEnabled']) {
    if (!['undefined', 'boolean'].includes(typeof router[key]))
      problems.add(`router.${key}`, 'is wrong; give true or false');
  }
  return router;
}

function isOn(given: unknown, otherwise: boolean): boolean {
  return typeof given === 'boolean' ? given : otherwise;
}

function firstModel(tree: Tree, problems: Problems): string | undefined {
  const { default_model: name, default_provider: word } = tree;
  if (typeof name === 'string') {
    const found = findModel(tree, name, word);
    if ('id' in found) return found.id;
    problems.add('default_model', found.problem);
    return undefined;
  }
  if (typeof word !== 'string') return undefined;
  const provider = namedProvider(word, listIn(tree, 'providers'));
  if (provider === undefined)
    problems.add('default_provider', `${word} is not among the providers; add it, or set its key`);
  return provider && firstChatModel(tree, provider);
}

/** The models that are named; else, of each provider in the order given, the first that can chat. */
function fallbacksOf(tree: Tree, router: Tree, problems: Problems): string[] {
  const named = listIn(tree, 'fallback_models');
  if (tree.fallback_models !== undefined && !Array.isArray(tree.fallback_models)) {
    problems.add('fallback_models', 'is wrong; give a list of ids of models');
  }
  if (named.length > 0) {
    return named.flatMap((name, index) => {
      const found = findModel(tree, String(name));
      if ('id' in found && textsIn(listIn(tree, 'models'), 'id').includes(found.id)) return [found.id];
      const why = 'problem' in found ? found.problem : `${name} is a route; name one of its models`;
      problems.add(`fallback_models[${index}]`, why);
      return [];
    });
  }
  return listIn(router, 'fallbackOrder').flatMap((word, index) => {
    const provider = namedProvider(word, listIn(tree, 'providers'));
    if (provider === undefined && !providerWords.includes(String(word).toLowerCase())) {
      const known = [...providerWords, ...textsIn(listIn(tree, 'providers'), 'id').filter((id) => id !== undefined)];
      problems.add(`router.fallbackOrder[${index}]`, `there is no provider ${word}; ${suggest(String(word), known)}`);
    }
    return (provider && firstChatModel(tree, provider)) ?? [];
  });
}

interface Meant {
  readonly first: string | undefined;
  readonly fallbacks: readonly string[];
  readonly router: Tree;
  readonly routing: Tree;
  readonly problems: Problems;
}

/** The two parts of the tree that these settings end up in. */
interface Routed {
  readonly routes: unknown;
  readonly routing: unknown;
}

/** A first model makes a route of its own, with the fallbacks behind it, that is asked when callers name nothing. */
function withDefaultRoute(tree: Tree, { first, fallbacks, router, routing, problems }: Meant): Routed {
  const { routes, routing: own = {} } = tree;
  const written = (meant: Tree) => (isTree(own) ? { ...meant, ...own } : own);
  if (first === undefined) return { routes, routing: written(routing) };
  const names = textsIn(listIn(tree, 'routes'), 'model');
  if (names.includes(first)) return { routes, routing: written({ ...routing, default_model: first }) };
  const meant = written({ ...routing, default_model: defaultRoute });
  if ([...names, ...textsIn(listIn(tree, 'models'), 'id')].includes(defaultRoute)) return { routes, routing: meant };
  const { performanceWeighting: weight } = router;
  problems.setSource(`routes[${names.length}].performance_weight`, 'router.performanceWeighting');
  const route = {
    model: defaultRoute,
    candidates: [...new Set([first, ...fallbacks])],
    strategy: isOn(router.costOptimizationEnabled, false) ? 'cheapest' : 'ordered',
    ...(weight === undefined ? {} : { performance_weight: weight }),
  };
  return { routes: [...listIn(tree, 'routes'), route], routing: meant };
}

/** Seconds for a whole attempt, at each provider that says nothing of its own. */
function withTimeout(providers: unknown, seconds: unknown, problems: Problems): unknown {
  if (seconds === undefined || !Array.isArray(providers)) return providers;
  if (typeof seconds !== 'string' || !/^\d{1,5}$/.test(seconds) || seconds === '0') {
    problems.add('timeout', 'is wrong; give whole seconds, such as 30');
    return providers;
  }
  const total = { total_ms: `${seconds}000` };
  return providers.map((provider) => {
    if (!isTree(provider) || !isTree(provider.timeouts ?? {})) return provider;
    return { ...provider, timeouts: { ...total, ...(provider.timeouts as Tree | undefined) } };
  });
}
