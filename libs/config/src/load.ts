// From files, environment and flags to one configuration, or to everything that is wrong with them.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Result } from '@waybill/kernel';
import type { Configuration } from './configuration.ts';
import { withDefaults } from './defaults/defaults.ts';
import { withEarlierModels } from './defaults/find-model.ts';
import { withNamedKms } from './defaults/named-kms.ts';
import { modelsInPresets, withPresets } from './defaults/presets.ts';
import { listsModels, type RegistryFile, registryNames, withRegistries } from './defaults/registries.ts';
import { modelsInSettings, withSettings } from './defaults/settings.ts';
import { askVault } from './reading/ask-vault.ts';
import { type Environment, processEnvironment, readEnvironment } from './reading/environment.ts';
import {
  interpolate,
  markReferences,
  type References,
  type VaultFields,
  vaultReferences,
} from './reading/interpolate.ts';
import { override, readFlags } from './reading/overrides.ts';
import { Problems } from './reading/problems.ts';
import { isTree, type Tree } from './reading/tree.ts';
import { readYaml } from './reading/yaml.ts';
import { validate } from './validate.ts';

export interface ConfigurationSources {
  /** `--config`, `--host`, `--http-port`, `--grpc-port` and `--data-dir`, each with a value; default none. */
  readonly argv?: readonly string[];
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: `--config`, else `WAYBILL_CONFIG`, else `waybill.yaml` where there is one. */
  readonly file?: string;
  /** Where `.env`, `waybill.yaml` and relative paths of the environment are looked for; default: the process's. */
  readonly cwd?: string;
  /** What Vault has said to the file's references; `readConfiguration` asks it. */
  readonly vault?: VaultFields;
}

/** As `loadConfiguration`, after asking Vault for what the file takes from it. */
export async function readConfiguration(sources: ConfigurationSources = {}): Promise<Result<Configuration>> {
  const { argv = [], environment: variables = processEnvironment(), cwd = process.cwd() } = sources;
  // What is wrong here is told by the loading that follows.
  const problems = new Problems();
  const environment = readEnvironment(variables, cwd, problems);
  const flags = readFlags(argv, problems);
  const file = findFile(sources.file ?? flags.config ?? environment.WAYBILL_CONFIG, cwd, problems);
  const tree = file === undefined ? {} : readYaml(markReferences(file.text), file.name, problems);
  const names = vaultReferences(tree);
  if (file === undefined || names.length === 0) return loadConfiguration(sources);
  const folder = dirname(file.path);
  const own = interpolate({ vault: tree.vault ?? {} }, { environment, folder, vault: undefined }, problems);
  const settings = override(placeFiles(own, folder), { flags, environment, cwd }, problems).vault;
  return loadConfiguration({ ...sources, vault: await askVault(settings, names) });
}

/**
 * Reads and checks the configuration as a whole. Flags go before the environment, that before `.env`, that before the
 * file. The fault is `invalid`; its message has a line `path: what is wrong; how to mend it` for each problem.
 */
export function loadConfiguration(sources: ConfigurationSources = {}): Result<Configuration> {
  const { argv = [], environment: variables = processEnvironment(), cwd = process.cwd() } = sources;
  const problems = new Problems();
  const environment = readEnvironment(variables, cwd, problems);
  const flags = readFlags(argv, problems);
  const file = findFile(sources.file ?? flags.config ?? environment.WAYBILL_CONFIG, cwd, problems);
  const folder = file === undefined ? cwd : dirname(file.path);
  const read = treeOf(file, { environment, folder, vault: sources.vault }, problems);
  const written = placeFiles(placeData(read, folder, cwd), folder);
  const overridden = override(written, { flags, environment, cwd }, problems);
  const told = withNamedKms(registryAsList(overridden, problems), environment);
  const { tree, unserved } = withMeaning(told, { environment, folder, problems });
  const configuration = validate(tree, { file: file?.path, unservedVersions: unserved }, problems);
  if (configuration !== undefined && problems.none) return { ok: true, value: configuration };
  return { ok: false, fault: problems.toFault(`the configuration cannot be used${file ? ` (${file.path})` : ''}:`) };
}

interface TextFile {
  readonly path: string;
  /** As it was given. */
  readonly name: string;
  readonly text: string;
}

function findFile(given: string | undefined, folder: string, problems: Problems): TextFile | undefined {
  const name = given ?? 'waybill.yaml';
  const path = resolve(folder, name);
  try {
    return { path, name, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (given !== undefined || code !== 'ENOENT') {
      problems.add(path, `cannot be read (${code}); check the name, and that this user may read it`);
    }
    return undefined;
  }
}

function treeOf(file: TextFile | undefined, references: References, problems: Problems): Tree {
  if (file === undefined) return {};
  const tree = readYaml(markReferences(file.text), file.name, problems);
  return interpolate(tree, references, problems);
}

/** A folder the file names is below the file's own; the default is below the working directory. */
function placeData(tree: Tree, folder: string, cwd: string): Tree {
  const storage = tree.storage ?? {};
  if (!isTree(storage)) return tree;
  const { data_dir: given = resolve(cwd, '.waybill') } = storage;
  return { ...tree, storage: { ...storage, data_dir: typeof given === 'string' ? resolve(folder, given) : given } };
}

/** Keys that name a file or a folder. */
const placedKeys: readonly (readonly string[])[] = [
  ['server', 'secret_file'],
  ['offline', 'folder'],
  ['vault', 'token_file'],
  ['vault', 'ca_file'],
  ['tenant_keys', 'keyring', 'file'],
  ['tenant_keys', 'google_cloud_kms', 'credentials_file'],
];

/** A file or folder that the file names is below its own folder. */
function placeFiles(tree: Tree, folder: string): Tree {
  return placedKeys.reduce((placed, path) => placeAt(placed, path, folder), tree);
}

function placeAt(tree: Tree, [key = '', ...rest]: readonly string[], folder: string): Tree {
  const value = tree[key];
  if (rest.length > 0) return isTree(value) ? { ...tree, [key]: placeAt(value, rest, folder) } : tree;
  return typeof value === 'string' ? { ...tree, [key]: resolve(folder, value) } : tree;
}

/** `models: { registry_file: ... }`: no models of its own, and that file among the registries. */
function registryAsList(tree: Tree, problems: Problems): Tree {
  if (!isTree(tree.models)) return tree;
  const { registry_file: name, ...others } = tree.models;
  for (const key of Object.keys(others)) {
    problems.add(`models.${key}`, 'is not known here; give a list of models, or registry_file alone');
  }
  const files = [...(tree.registry === undefined ? [] : [tree.registry].flat()), ...(name === undefined ? [] : [name])];
  if (typeof name === 'string') return { ...tree, models: [], registry: files };
  const message = 'is missing or no text; give the path of a registry file, or a list of models';
  problems.add('models.registry_file', message);
  return { ...tree, models: [] };
}

/** What earlier systems called otherwise is in our own words by then. */
function withMeaning(tree: Tree, place: Place) {
  const { tree: withoutNames, unserved } = withModels(tree, place);
  const complete = withEarlierModels(withoutNames, [...modelsInSettings(tree), ...modelsInPresets(tree)]);
  return { tree: withPresets(withSettings(complete, place.problems), place.problems), unserved };
}

interface Place {
  readonly environment: Environment;
  readonly folder: string;
  readonly problems: Problems;
}

/** The tree with providers, models and routes, and in place of `registry` what its files say. */
function withModels({ registry, ...tree }: Tree, { environment, folder, problems }: Place) {
  const files = registryNames(registry, problems).flatMap((name): RegistryFile[] => {
    const file = findFile(name, folder, problems);
    return file === undefined ? [] : [{ name, content: readYaml(file.text, name, problems) }];
  });
  const written = tree.models === undefined && listsModels(files) ? { ...tree, models: [] } : tree;
  const complete = withDefaults(written, environment, problems);
  const from = written.models === undefined ? 'list' : 'configuration';
  return withRegistries(complete, files, from, problems);
}
