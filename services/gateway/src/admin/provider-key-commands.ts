// `waybill keys provider ...`: keys of providers that tenants bring themselves. A key comes in by standard input or a file,
// never as an argument, which other programs of the machine could read.
import { readFile } from 'node:fs/promises';
import { FaultError, fault } from '@waybill/kernel';
import type { CommandDefinition, CommandInput } from '@waybill/service';
import { type AdminRequest, askGateway } from './gateway-client.ts';
import { tableOr } from './table.ts';

type Row = Readonly<Record<string, unknown>>;

interface KeyCommand extends Omit<CommandDefinition, 'run'> {
  request(input: CommandInput): Promise<AdminRequest>;
  show(answer: Row): readonly string[];
  /** Default 0. */
  exitCode?(answer: Row): number;
}

function keyCommand({ request, show, exitCode, ...definition }: KeyCommand): CommandDefinition {
  return {
    ...definition,
    async run(input) {
      const answer = (await askGateway(input.configuration, await request(input))) as Row;
      for (const line of input.json ? [JSON.stringify(answer)] : show(answer)) input.print(line);
      return exitCode?.(answer) ?? 0;
    },
  };
}

const keyFile = { name: 'key-file', value: 'file', summary: 'file with the key; default: standard input' };
const columns = [
  'id',
  'tenant',
  'provider',
  'base_url',
  'version',
  'stored_at',
  'wrapped_by',
  'wrapped_at',
  'rewrap_due',
];

const add = keyCommand({
  name: 'keys provider add',
  summary: "store a tenant's own key of a provider, encrypted; its calls go out by that key from then on",
  options: [
    { name: 'tenant', value: 'id', summary: 'whose it is; default: default' },
    { name: 'provider', value: 'id', summary: 'which of the configured providers it is for' },
    {
      name: 'base-url',
      value: 'url',
      summary: "the tenant's own address of the provider; default: the configured one",
    },
    keyFile,
  ],
  async request(input) {
    const { tenant = 'default', provider, baseUrl } = input.options;
    if (typeof provider !== 'string') throw new FaultError(fault('invalid', 'give --provider <id>'));
    const body = { tenant, provider, key: await keyFrom(input), ...(baseUrl !== undefined && { base_url: baseUrl }) };
    return { method: 'POST', path: '/provider-keys', body };
  },
  show: ({ id, tenant, provider }) => [`key ${id}: tenant ${tenant} is served by its own key at ${provider} now`],
});

const noKeys = 'no tenant has stored a key of its own; `waybill keys provider add` stores one';

const list = keyCommand({
  name: 'keys provider list',
  summary: 'list the keys of providers that tenants have stored; never the keys themselves',
  request: async () => ({ method: 'GET', path: '/provider-keys' }),
  show: ({ provider_keys: keys }) => tableOr(keys as Row[], columns, noKeys),
});

const rotate = keyCommand({
  name: 'keys provider rotate',
  summary: 'put a new key in the place of a stored one',
  arguments: ['id'],
  options: [keyFile],
  request: async (input) => ({
    method: 'POST',
    path: `/provider-keys/${encodeURIComponent(input.arguments[0] ?? '')}/rotate`,
    body: { key: await keyFrom(input) },
  }),
  show: ({ id, version }) => [`key ${id} is version ${version} now`],
});

const remove = keyCommand({
  name: 'keys provider remove',
  summary: 'forget a stored key',
  arguments: ['id'],
  options: [{ name: 'reason', value: 'text', summary: 'why' }],
  async request({ arguments: [id = ''], options: { reason } }) {
    const query = typeof reason === 'string' ? `?${new URLSearchParams({ reason })}` : '';
    return { method: 'DELETE', path: `/provider-keys/${encodeURIComponent(id)}${query}` };
  },
  show: ({ id }) => [`key ${id} is forgotten`],
});

const rewrap = keyCommand({
  name: 'keys provider rewrap',
  summary: 'encrypt stored keys under the newest key-encryption key; run it again when it was cut off',
  options: [{ name: 'new-key', summary: 'make a new key-encryption key first (keyring, vault_transit)' }],
  request: async ({ options: { newKey } }) => ({
    method: 'POST',
    path: '/provider-keys/rewrap',
    body: { new_key: newKey === true },
  }),
  show: ({ wrapped_by: by, rewrapped, current, failed, fault: why }) => [
    `under ${by}: ${rewrapped} encrypted anew, ${current} were`,
    ...(failed === 0 ? [] : [`${failed} could not be done: ${why}`]),
  ],
  exitCode: ({ failed }) => (failed === 0 ? 0 : 1),
});

export const providerKeyCommands: readonly CommandDefinition[] = [add, list, rotate, remove, rewrap];

/** The first line, without blanks around it. Standard input is opened when it is needed alone: it would be waited for. */
async function keyFrom(input: CommandInput): Promise<string> {
  const file = input.options.keyFile;
  if (typeof file === 'string') return firstLine(await textOf(file));
  for await (const line of input.lines) return line.trim();
  throw new FaultError(fault('invalid', 'no key came by standard input; give one, or --key-file <file>'));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((thrown: unknown) => {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new FaultError(fault('invalid', `the file ${file} cannot be read (${code})`, { cause: thrown }));
  });
}

function firstLine(text: string): string {
  return text.trimStart().split(/\r?\n/, 1)[0]!.trim();
}
