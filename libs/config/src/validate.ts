// A whole tree to a configuration: section by section, then what holds between them.
import { suggest } from '@waybill/rating';
import { z } from 'zod';
import type { Configuration } from './configuration.ts';
import { settingNames } from './defaults/settings.ts';
import { type Problems, pathText } from './reading/problems.ts';
import type { Tree } from './reading/tree.ts';
import { checkReferences } from './references.ts';
import { budgetSection } from './sections/budget.ts';
import { evaluatorSection } from './sections/evaluator.ts';
import { keySection } from './sections/key.ts';
import { limitSection } from './sections/limit.ts';
import { modelSection } from './sections/model.ts';
import { networkSection } from './sections/network.ts';
import { offlineSection } from './sections/offline.ts';
import { presetSection } from './sections/preset.ts';
import { providerSection } from './sections/provider.ts';
import { routeSection } from './sections/route.ts';
import { routingSection } from './sections/routing.ts';
import { isLoopback, serverSection } from './sections/server.ts';
import { simulatorSection } from './sections/simulator.ts';
import { storageSection } from './sections/storage.ts';
import { telemetrySection } from './sections/telemetry.ts';
import { tenantKeysSection } from './sections/tenant-keys.ts';
import { vaultSection } from './sections/vault.ts';

const listOf = <Entry extends z.ZodType>(entry: Entry) => z.array(entry, 'is wrong; give a list').default([]);

const sections = {
  providers: listOf(providerSection),
  models: listOf(modelSection),
  routes: listOf(routeSection),
  routing: routingSection.prefault({}),
  presets: listOf(presetSection),
  keys: listOf(keySection),
  limits: listOf(limitSection),
  budgets: listOf(budgetSection),
  server: serverSection.prefault({}),
  storage: storageSection,
  network: networkSection.prefault({}),
  simulator: simulatorSection.prefault({}),
  offline: offlineSection.prefault({}),
  evaluator: evaluatorSection.prefault({}),
  telemetry: telemetrySection.prefault({}),
  tenant_keys: tenantKeysSection.prefault({}),
  vault: vaultSection.prefault({}),
};

const wholeSchema = z.object(sections);

/** The configuration a tree describes; undefined where there are problems. */
export function validate(
  tree: Tree,
  origin: Pick<Configuration, 'file' | 'unservedVersions'>,
  problems: Problems,
): Configuration | undefined {
  const known = [...Object.keys(sections), 'registry', 'tools', ...settingNames];
  for (const name of Object.keys(tree)) {
    if (!known.includes(name)) problems.add(shownName(name), `is not known here; ${suggest(name, known)}`);
  }
  const parsed = wholeSchema.safeParse(tree);
  for (const issue of parsed.error?.issues ?? []) addIssue(issue, problems);
  checkReferences(tree, problems);
  if (!parsed.success) return undefined;
  const { tenant_keys: tenantKeys, ...sectionsRead } = parsed.data;
  const configuration = { ...sectionsRead, tenantKeys, ...origin, callers: callersOf(parsed.data) };
  checkWhole(configuration, problems);
  return problems.none ? configuration : undefined;
}

function addIssue(issue: z.core.$ZodIssue, problems: Problems): void {
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    issue.keys.forEach((key, index) => {
      problems.add(pathText([...issue.path, shownName(key)]), messages[index] ?? issue.message);
    });
    return;
  }
  const within = issue.code === 'custom' ? (issue.params?.within ?? '') : '';
  problems.add(`${pathText(issue.path)}${within}`, issue.message);
}

/** What nothing here is named may be a secret in the wrong place. */
function shownName(name: string): string {
  return name.length > 24 && /\d/.test(name) ? '(not shown)' : name;
}

function callersOf({ keys, providers }: Pick<Configuration, 'keys' | 'providers'>): Configuration['callers'] {
  const hasRealKey = providers.some((provider) => provider.kind !== 'simulator' && provider.apiKey !== undefined);
  return keys.length > 0 || hasRealKey ? 'keys' : 'open';
}

/** What only finished values show. */
function checkWhole(configuration: Configuration, problems: Problems): void {
  const { server, callers, limits, keys, models } = configuration;
  if (callers === 'open' && !isLoopback(server.host)) {
    problems.add('server.host', 'would let everybody in; configure a key under keys, or listen on 127.0.0.1');
  }
  if (!isLoopback(server.host) && server.tls === undefined && !server.plainText) {
    const fix = 'give server.tls, or plain_text: true where a proxy in front ends TLS';
    problems.add(
      'server.tls',
      `is missing, and ${server.host} is not loopback: keys would travel in plain text; ${fix}`,
    );
  }
  if (configuration.tenantKeys.keyEncryption.by === 'vault-transit' && configuration.vault === undefined) {
    problems.add('vault.address', 'is missing, and tenant_keys.vault_transit needs it; give it, or set VAULT_ADDR');
  }
  if (models.length === 0) problems.add('models', 'has none; list at least one model');
  if (server.httpPort === server.grpcPort && server.httpPort !== 0) {
    problems.add('server.grpc_port', 'is the same as http_port; give it its own');
  }
  limits.forEach((limit, index) => {
    const first = limits.findIndex((other) => other.id === limit.id);
    if (first < index)
      problems.add(`limits[${index}]`, `${limit.id} is taken by limits[${first}]; give it an id of its own`);
  });
  keys.forEach((key, index) => {
    const first = keys.findIndex((other) => other.secret.reveal() === key.secret.reveal());
    if (first < index)
      problems.add(`keys[${index}].secret`, `is the same as that of keys[${first}]; give each its own`);
  });
}
