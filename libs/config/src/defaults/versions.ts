// A version registry as earlier systems wrote it: by model, the snapshot it is pinned to and what is known of it.
import { suggest } from '@waybill/rating';
import { type Problems, pathText } from '../reading/problems.ts';
import { isTree, type Tree } from '../reading/tree.ts';

const days = ['released', 'knowledge_cutoff', 'training_data_until', 'pinned_date'];
const known = ['version', 'api_model_id', ...days, 'available'];

/** What a version registry says of one model. */
export interface VersionEntry {
  readonly modelId: string;
  /** Of the entry, for problems. */
  readonly place: string;
  readonly entry: Tree;
}

/** Whether the content of a registry file is one of versions: mappings with a version by the names of models. */
export function isVersionRegistry(tree: Tree): boolean {
  const entries = Object.values(tree);
  return !Object.hasOwn(tree, 'models') && entries.length > 0 && entries.every(isTree);
}

/** Its entries in order; those that are wrong are told with their place and left out. */
export function readVersions(tree: Tree, file: string, problems: Problems): readonly VersionEntry[] {
  return Object.entries(tree).flatMap(([modelId, entry]) => {
    if (!isTree(entry)) return [];
    const place = `${file}: ${pathText([modelId])}`;
    for (const key of Object.keys(entry)) {
      if (!known.includes(key)) problems.add(`${place}.${key}`, `is not known here; ${suggest(key, known)}`);
    }
    if (typeof entry.version === 'string') return [{ modelId, place, entry }];
    problems.add(`${place}.version`, 'is missing; give the name of the snapshot, such as gpt-4-turbo-2024-04-09');
    return [];
  });
}

/**
 * The model with its pin. What is asked for at the provider is the registry's `api_model_id`, else the snapshot itself.
 * A model that is written in the configuration keeps what it says; one of our own lists does not. Both have to agree
 * that it is available.
 */
export function pinned(model: Tree, { entry }: VersionEntry, from: 'configuration' | 'list'): Tree {
  const { available, api_model_id: asked, ...facts } = entry;
  const told = { upstream_model: asked ?? entry.version, ...facts };
  const merged = from === 'configuration' ? { ...told, ...model } : { ...model, ...told };
  return available === false ? { ...merged, enabled: false } : merged;
}
