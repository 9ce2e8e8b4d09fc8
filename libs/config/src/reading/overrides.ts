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
  readonly section: string;
  readonly key: string;
}

const overrides: readonly Override[] = [
  { variable: 'WAYBILL_HOST', flag: 'host', section: 'server', key: 'host' },
  { variable: 'WAYBILL_HTTP_PORT', flag: 'http-port', section: 'server', key: 'http_port' },
  { variable: 'WAYBILL_GRPC_PORT', flag: 'grpc-port', section: 'server', key: 'grpc_port' },
  { variable: 'WAYBILL_DATA_DIR', flag: 'data-dir', section: 'storage', key: 'data_dir' },
  { variable: 'OTEL_EXPORTER_OTLP_ENDPOINT', section: 'telemetry', key: 'otlp_endpoint' },
];

/** Variables of stores that this version cannot use: silently keeping the books elsewhere would be worse than stopping. */
const notYet: Readonly<Record<string, string>> = {
  WAYBILL_NATS_URL: 'NATS as event log',
  WAYBILL_MONGODB_URI: 'MongoDB as store',
};

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
  for (const [variable, what] of Object.entries(notYet)) {
    if (from.environment[variable] === undefined) continue;
    problems.add(variable, `asks for ${what}, which is not available yet; unset it to use the embedded stores`);
  }
  const sections: Record<string, unknown> = { ...tree };
  for (const { variable, flag, section, key } of overrides) {
    const flagged = flag === undefined ? undefined : from.flags[flag];
    const value = flagged ?? from.environment[variable];
    const entries = sections[section] ?? {};
    if (value === undefined || !isTree(entries)) continue;
    problems.setSource(`${section}.${key}`, flagged === undefined ? variable : `--${flag}`);
    sections[section] = { ...entries, [key]: key === 'data_dir' ? resolve(from.cwd, value) : value };
  }
  return sections;
}
