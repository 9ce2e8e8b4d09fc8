// Registry files of earlier systems: lists of models with costs and rates, and lists of pinned versions.
import { type Problems, pathText } from '../reading/problems.ts';
import { isTree, listIn, type Tree } from '../reading/tree.ts';
import { earlierCatalogs } from './earlier.ts';
import { earlierModel } from './named-provider.ts';
import { type RegisteredEntry, readRegistry } from './registry.ts';
import { isVersionRegistry, pinned, readVersions, type VersionEntry } from './versions.ts';

/** The content of a registry file, under the name it was given. */
export interface RegistryFile {
  readonly name: string;
  readonly content: Tree;
}

/** Whether one of the files says which models there are: then ours are not offered besides. */
export function listsModels(files: readonly RegistryFile[]): boolean {
  return files.some(({ content }) => Array.isArray(content.models));
}

/**
 * The tree, which has its providers and models by now, with what the files add: models, their rate limits, and pins. A
 * pin of a model that is not there adds the model where we know its prices and its provider is configured; else it is
 * among the unserved. `from` says whose the models of the tree are.
 */
export function withRegistries(
  tree: Tree,
  files: readonly RegistryFile[],
  from: 'configuration' | 'list',
  problems: Problems,
): { readonly tree: Tree; readonly unserved: readonly string[] } {
  const providers = listIn(tree, 'providers');
  const lists = files.filter(({ content }) => !isVersionRegistry(content));
  const registered = lists.map(({ name, content }) => readRegistry(content, name, providers, problems));
  const versions = files
    .filter(({ content }) => isVersionRegistry(content))
    .flatMap(({ name, content }) => readVersions(content, name, problems));
  const added = registered.flatMap(({ models }) => models);
  const listed = appended(tree, 'models', added, problems);
  const limits = appended(
    tree,
    'limits',
    registered.flatMap((each) => each.limits),
    problems,
  );
  const { models, unserved } = withVersions(listed, versions, { providers, from, problems });
  return { tree: { ...tree, models, limits }, unserved };
}

/** The list with the entries of registries behind it; problems of those are told with their place in the registry. */
function appended(tree: Tree, list: string, entries: readonly RegisteredEntry[], problems: Problems): Tree[] {
  const before = listIn(tree, list) as readonly Tree[];
  entries.forEach(({ tree: entry, place }, index) => {
    for (const key of Object.keys(entry)) {
      problems.setSource(pathText([list, before.length + index, key]), `${place}.${key}`);
    }
  });
  return [...before, ...entries.map((entry) => entry.tree)];
}

interface Known {
  readonly providers: readonly unknown[];
  readonly from: 'configuration' | 'list';
  readonly problems: Problems;
}

function withVersions(listed: readonly Tree[], versions: readonly VersionEntry[], known: Known) {
  const models = [...listed];
  const unserved: string[] = [];
  const seen = new Set<string>();
  for (const version of versions) {
    const { modelId, place, entry } = version;
    if (seen.has(modelId)) known.problems.add(place, 'is in a registry before; remove one of them');
    seen.add(modelId);
    const index = models.findIndex((model) => isTree(model) && model.id === modelId);
    const earlier = index < 0 ? earlierModel(modelId, earlierCatalogs, known.providers) : undefined;
    const model = models[index] ?? earlier;
    if (model === undefined) {
      unserved.push(modelId);
      continue;
    }
    const at = index < 0 ? models.length : index;
    models[at] = pinned(model, version, earlier ? 'list' : known.from);
    for (const key of Object.keys(entry)) {
      if (!Object.hasOwn(model, key) || earlier)
        known.problems.setSource(pathText(['models', at, key]), `${place}.${key}`);
    }
  }
  return { models, unserved };
}

/** The names under `registry`: one, or a list. */
export function registryNames(given: unknown, problems: Problems): readonly string[] {
  if (given === undefined) return [];
  const names = Array.isArray(given) ? given : [given];
  names.forEach((name, index) => {
    if (typeof name !== 'string') problems.add(`registry[${index}]`, 'is no text; give the path of a registry file');
  });
  return names.filter((name) => typeof name === 'string');
}
