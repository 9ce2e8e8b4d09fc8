// Environment variables and flags that go before what the file says.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { suggest } from '@waybill/rating';
import type { Environment } from './environment.ts';
import type { Problems } from './problems.ts';
import { isTree, type Tree } from './tree.ts';

interface Override {
  readonly variable: string;
  readonly flag?: string;
  /** From the section to the key. */
  readonly path: readonly [string, ...string[]];
}

const overrides: readonly Override[] = [
  { variable: 'WAYBILL_HOST', flag: 'host', path: ['server', 'host'] },
  { variable: 'WAYBILL_HTTP_PORT', flag: 'http-port', path: ['server', 'http_port'] },
  { variable: 'WAYBILL_GRPC_PORT', flag: 'grpc-port', path: ['server', 'grpc_port'] },
  { variable: 'WAYBILL_SECRET_FILE', path: ['server', 'secret_file'] },
  { variable: 'WAYBILL_DATA_DIR', flag: 'data-dir', path: ['storage', 'data_dir'] },
  { variable: 'WAYBILL_NATS_URL', path: ['storage', 'nats', 'url'] },
  { variable: 'WAYBILL_MONGODB_URI', path: ['storage', 'mongodb', 'uri'] },
  { variable: 'WAYBILL_INSTANCE', path: ['network', 'instance'] },
  { variable: 'WAYBILL_SERVICE_HOST', path: ['network', 'host'] },
  { variable: 'WAYBILL_SERVICE_PORT', path: ['network', 'port'] },
  { variable: 'WAYBILL_ADVERTISE', path: ['network', 'advertise'] },
  { variable: 'WAYBILL_METRICS_PORT', path: ['network', 'metrics_port'] },
  { variable: 'WAYBILL_OFFLINE_MODE', path: ['offline', 'mode'] },
  { variable: 'WAYBILL_OFFLINE_FOLDER', path: ['offline', 'folder'] },
  { variable: 'VAULT_ADDR', path: ['vault', 'address'] },
  { variable: 'VAULT_TOKEN', path: ['vault', 'token'] },
  { variable: 'VAULT_NAMESPACE', path: ['vault', 'namespace'] },
  { variable: 'VAULT_CACERT', path: ['vault', 'ca_file'] },
  { variable: 'DEFAULT_AI_MODEL', path: ['default_model'] },
  { variable: 'DEFAULT_AI_PROVIDER', path: ['default_provider'] },
  { variable: 'API_MODEL_LOG_LEVEL', path: ['telemetry', 'log_level'] },
  { variable: 'OTEL_EXPORTER_OTLP_ENDPOINT', path: ['telemetry', 'otlp_endpoint'] },
  { variable: 'OTEL_TRACES_SAMPLER_ARG', path: ['telemetry', 'sample_ratio'] },
];

/** Values of flags, by the name of the flag without its dashes. */
export type Flags = Readonly<Record<string, string>>;

/** Flags `--config`, `--host`, `--http-port`, `--grpc-port` and `--data-dir`, each with a value. */
export function readFlags(argv: readonly string[], problems: Problems): Flags {
  const known = ['config', ...overrides.flatMap(({ flag }) => flag ?? [])];
  const options = Object.fromEntries(known.map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const flags: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!known.includes(token.name)) problems.add(token.rawName, `is not known; ${suggest(token.name, known)}`);
    else if (!token.value) problems.add(token.rawName, `has no value; write ${token.rawName} <value>`);
    else flags[token.name] = token.value;
  }
  return flags;
}

/** The tree with flags and variables put in; relative folders among them are below `cwd`. */
export function override(
  tree: Tree,
  from: { flags: Flags; environment: Environment; cwd: string },
  problems: Problems,
): Tree {
  let overridden = tree;
  for (const { variable, flag, path } of overrides) {
    const flagged = flag === undefined ? undefined : from.flags[flag];
    const value = flagged ?? from.environment[variable];
    if (value === undefined) continue;
    problems.setSource(path.join('.'), flagged === undefined ? variable : `--${flag}`);
    overridden = put(overridden, path, places.has(path.at(-1)!) ? resolve(from.cwd, value) : value);
  }
  return overridden;
}

/** Keys whose values are paths. */
const places: ReadonlySet<string> = new Set(['data_dir', 'secret_file', 'folder', 'ca_file']);

/** A copy with the value at the path; the tree as it is where something else than a mapping is on the way. */
function put(tree: Tree, [key, ...rest]: readonly [string, ...string[]], value: string): Tree {
  const [next, ...further] = rest;
  if (next === undefined) return { ...tree, [key]: value };
  const below = tree[key] ?? {};
  return isTree(below) ? { ...tree, [key]: put(below, [next, ...further], value) } : tree;
}
