// Commands that administer a running gateway.
import { formatUsd } from '@waybill/kernel';
import type { CommandDefinition, CommandInput } from '@waybill/service';
import { type AdminRequest, askGateway } from './gateway-client.ts';
import { modelCommands } from './model-commands.ts';
import { providerKeyCommands } from './provider-key-commands.ts';
import { table } from './table.ts';

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

/** A command that shows one list of what the gateway answers. */
function listCommand(name: string, summary: string, columns: readonly string[]): CommandDefinition {
  const what = name.split(' ')[0]!;
  return adminCommand({
    name,
    summary,
    request: () => ({ method: 'GET', path: `/${what}` }),
    show: (answer) => table(answer[what] as Row[], columns),
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
  show: fieldsOf,
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
    const rows = (spends as Row[]).map((row) => ({ ...row, usd: formatUsd(BigInt(String(row.amount_pico_usd))) }));
    return table(rows, ['value', 'usd', 'attempts', 'unknown_attempts', 'input_tokens', 'output_tokens']);
  },
});

export const adminCommands: readonly CommandDefinition[] = [
  listCommand('keys list', 'list virtual keys', [
    'id',
    'tenant',
    'project',
    'prefix',
    'origin',
    'expires_at',
    'revoked',
  ]),
  keysAdd,
  keysRevoke,
  ...providerKeyCommands,
  listCommand('budgets list', 'list budgets as they stand', [
    'id',
    'period',
    'amount_pico_usd',
    'spent_pico_usd',
    'held_pico_usd',
    'uncertain_pico_usd',
    'free_pico_usd',
  ]),
  budgetsShow,
  listCommand('limits list', 'list limits as they stand', ['id', 'kind', 'amount', 'used', 'held']),
  ...modelCommands,
  listCommand('providers list', 'list providers and their health', [
    'id',
    'kind',
    'healthy',
    'simulated',
    'last_fault',
  ]),
  spend,
];
