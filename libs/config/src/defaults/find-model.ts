// Models by the names that settings of earlier systems have for them.
import { suggest } from '@waybill/rating';
import { isTree, listIn, type Tree, textsIn } from '../reading/tree.ts';
import { earlierCatalogs } from './earlier.ts';
import { earlierModel, namedProvider } from './named-provider.ts';

/** The id of a model, or why there is none. */
export type FoundModel = { readonly id: string } | { readonly problem: string };

/** By its id or the name of a route; at a provider, also by its name there. */
export function findModel(tree: Tree, name: string, providerWord?: unknown): FoundModel {
  const models = (listIn(tree, 'models') as readonly Tree[]).filter(isTree);
  if (providerWord === undefined) {
    const names = [...textsIn(models, 'id'), ...textsIn(listIn(tree, 'routes'), 'model')];
    const known = names.filter((each) => each !== undefined);
    return known.includes(name) ? { id: name } : { problem: `there is no model ${name}; ${suggest(name, known)}` };
  }
  const provider = namedProvider(providerWord, listIn(tree, 'providers'));
  if (provider === undefined) return { problem: `${providerWord} is not among the providers; add it, or set its key` };
  const there = models.filter((model) => model.provider === provider.id);
  const found = there.find(({ id }) => id === name) ?? there.find((model) => model.upstream_model === name);
  if (found !== undefined) return { id: String(found.id) };
  const elsewhere = models.find(({ id }) => id === name);
  if (elsewhere) return { problem: `${name} is a model of ${elsewhere.provider}, not of ${providerWord}` };
  return { problem: `${providerWord} has no model ${name}; add it under models` };
}

/** The first model of a provider that can chat; undefined where there is none. */
export function firstChatModel(tree: Tree, provider: Tree): string | undefined {
  const chats = (listIn(tree, 'models') as readonly Tree[]).filter(
    (model) => isTree(model) && model.provider === provider.id && canChat(model),
  );
  return chats.length === 0 ? undefined : String(chats[0]!.id);
}

/** A model that says nothing of what it can do can chat. */
function canChat({ capabilities, enabled }: Tree): boolean {
  const isOff = enabled === false || enabled === 'false';
  return !isOff && (!Array.isArray(capabilities) || capabilities.includes('chat'));
}

/** The tree with earlier models that the names ask for and that are not there, where their provider is configured. */
export function withEarlierModels(tree: Tree, names: readonly unknown[]): Tree {
  const models = [...listIn(tree, 'models')];
  const known = new Set([...textsIn(models, 'id'), ...textsIn(listIn(tree, 'routes'), 'model')]);
  for (const name of names) {
    const earlier = known.has(String(name))
      ? undefined
      : earlierModel(name, earlierCatalogs, listIn(tree, 'providers'));
    if (earlier) models.push(earlier);
    known.add(String(name));
  }
  return { ...tree, models };
}
