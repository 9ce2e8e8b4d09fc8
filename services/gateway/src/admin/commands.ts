// Commands that administer a running gateway.
import type { CommandDefinition, CommandInput } from '@waybill/service';
import { type AdminRequest, askGateway } from './gateway-client.ts';
import { modelCommands } from './model-commands.ts';
import { providerKeyCommands } from './provider-key-commands.ts';
import { inDollars, tableOr } from './table.ts';

type Row = Readonly<Record<string, unknown>>;

interface AdminCommand extends Omit<CommandDefinition, 'run'> {
  request(input: CommandInput): AdminRequest;
  /** Lines for people; with --json the answer is shown as it is. */
  show(answer: Row): readonly string[];
}

/** A command that asks once and shows the answer. */
function adminCommand({ request, show, ...definition }: AdminCommand): CommandDefinition {
  return {
    ...definition,
    async run(input) {
      const answer = (await askGateway(input.configuration, request(input))) as Row;
      const lines = input.json ? [JSON.stringify(answer)] : show(answer);
      for (const line of lines) input.print(line);
      return 0;
    },
  };
}

interface ListCommand {
  readonly name: string;
  readonly summary: string;
  readonly columns: readonly string[];
  /** What to say when there are none: that, and how to get one. */
  readonly none: string;
}

/** A command that shows one list of what the gateway answers. */
function listCommand({ name, summary, columns, none }: ListCommand): CommandDefinition {
  const what = name.split(' ')[0]!;
  return adminCommand({
    name,
    summary,
    request: () => ({ method: 'GET', path: `/${what}` }),
    show: (answer) => tableOr((answer[what] as Row[]).map(inDollars), columns, none),
  });
}

function fieldsOf(answer: Row): string[] {
  return Object.entries(answer).map(([name, value]) => `${name}: ${asText(value)}`);
}

function asText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

const optionsOfKeys = [
  { name: 'id', value: 'id', summary: 'id of the key; made up when absent' },
  { name: 'tenant', value: 'id', summary: 'tenant it belongs to; default: default' },
  { name: 'project', value: 'id', summary: 'project it belongs to; default: default' },
  { name: 'expires', value: 'time', summary: 'when it ends, such as 2027-01-01T00:00:00Z' },
  { name: 'manages-provider-keys', summary: "may store and remove its tenant's own keys of providers" },
];

const keysAdd = adminCommand({
  name: 'keys add',
  summary: 'make a virtual key; it is shown this once',
  options: optionsOfKeys,
  request: ({ options: { id, tenant, project, expires, managesProviderKeys } }) => ({
    method: 'POST',
    path: '/keys',
    body: { id, tenant, project, expires_at: expires, manages_provider_keys: managesProviderKeys },
  }),
  show: ({ id, tenant, project, key }) => [`${key}`, `key ${id} of tenant ${tenant}, project ${project}: keep it now`],
});

const keysRevoke = adminCommand({
  name: 'keys revoke',
  summary: 'end a virtual key',
  arguments: ['id'],
  options: [{ name: 'reason', value: 'text', summary: 'why' }],
  request: ({ arguments: [id = ''], options: { reason } }) => ({
    method: 'DELETE',
    path: `/keys/${encodeURIComponent(id)}${typeof reason === 'string' ? `?${new URLSearchParams({ reason })}` : ''}`,
  }),
  show: ({ id }) => [`key ${id} is no longer good`],
});

const budgetsShow = adminCommand({
  name: 'budgets show',
  summary: 'show a budget',
  arguments: ['id'],
  request: ({ arguments: [id = ''] }) => ({ method: 'GET', path: `/budgets/${encodeURIComponent(id)}` }),
  show: (budget) => fieldsOf(inDollars(budget)),
});

const optionsOfSpend = [
  { name: 'by', value: 'dimension', summary: 'tenant, project, key, user, model, provider, agent_type, run or day' },
  { name: 'tenant', value: 'id', summary: 'of this tenant alone' },
  { name: 'from', value: 'day', summary: 'from this UTC day on, YYYY-MM-DD' },
  { name: 'to', value: 'day', summary: 'to the end of this UTC day' },
];

const spend = adminCommand({
  name: 'spend',
  summary: 'show what was spent, dearest first',
  options: optionsOfSpend,
  request({ options: { by, tenant, from, to } }) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ dimension: by, tenant, from, to })) {
      if (typeof value === 'string') query.set(name, value);
    }
    return { method: 'GET', path: `/spend?${query}` };
  },
  show: ({ spends }) => {
    const rows = (spends as Row[]).map(inDollars).map((row) => ({ ...row, usd: row.amount_usd }));
    const columns = ['value', 'usd', 'attempts', 'unknown_attempts', 'input_tokens', 'output_tokens'];
    return tableOr(rows, columns, 'nothing was spent: no call of that time and tenant is on the books');
  },
});

export const adminCommands: readonly CommandDefinition[] = [
  listCommand({
    name: 'keys list',
    summary: 'list virtual keys',
    columns: ['id', 'tenant', 'project', 'prefix', 'origin', 'expires_at', 'revoked'],
    none: 'there are no virtual keys; `waybill keys add` makes one, or write it under `keys` in the configuration',
  }),
  keysAdd,
  keysRevoke,
  ...providerKeyCommands,
  listCommand({
    name: 'budgets list',
    summary: 'list budgets as they stand, in US dollars',
    columns: ['id', 'period', 'amount_usd', 'spent_usd', 'held_usd', 'uncertain_usd', 'free_usd'],
    none: 'there are no budgets; set one under `budgets` in the configuration, such as { id: monthly, scope: { tenant: default }, amount_usd: 500, period: month }',
  }),
  budgetsShow,
  listCommand({
    name: 'limits list',
    summary: 'list limits as they stand',
    columns: ['id', 'kind', 'amount', 'used', 'held'],
    none: 'there are no limits; set one under `limits` in the configuration, such as { scope: { tenant: default }, requests_per_minute: 600 }',
  }),
  ...modelCommands,
  listCommand({
    name: 'providers list',
    summary: 'list providers and their health',
    columns: ['id', 'kind', 'healthy', 'simulated', 'last_fault'],
    none: 'there are no providers; set one under `providers` in the configuration',
  }),
  spend,
];
