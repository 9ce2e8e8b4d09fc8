// `waybill models`: what callers can ask for, which snapshots that is, and what the providers have.
import { pinModel } from '@waybill/config';
import { FaultError, fault } from '@waybill/kernel';
import type { CommandDefinition, CommandInput } from '@waybill/service';
import { askGateway } from './gateway-client.ts';
import { tableOr } from './table.ts';

type Row = Readonly<Record<string, unknown>>;

const noModels = 'there are no models; set one under `models` in the configuration';

const list: CommandDefinition = {
  name: 'models list',
  summary: 'list the names that callers can ask for, with their snapshots',
  async run(input) {
    const { models } = (await askGateway(input.configuration, { method: 'GET', path: '/models' })) as { models: Row[] };
    const columns = ['id', 'kind', 'owned_by', 'available', 'version', 'knowledge_cutoff', 'context_window'];
    return show(input, { models }, tableOr(models.map(flat).map(withDashes), columns, noModels));
  },
};

const one: CommandDefinition = {
  name: 'models show',
  summary: 'show everything that is known of a model',
  arguments: ['id'],
  async run(input) {
    const model = await modelOf(input);
    const facts = Object.entries(flat(model)).filter(([, value]) => value !== '' && value !== null);
    return show(
      input,
      model,
      facts.map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`),
    );
  },
};

const refresh: CommandDefinition = {
  name: 'models refresh',
  summary: 'ask the providers which models they have; exit 1 when one of ours is not among them',
  options: [{ name: 'provider', value: 'id', summary: 'of this provider alone' }],
  async run(input) {
    const { provider } = input.options;
    const models = await standings(input, typeof provider === 'string' ? provider : '');
    const columns = ['id', 'provider', 'upstream_model', 'version', 'listed', 'newest_snapshot', 'note'];
    show(input, { models }, tableOr(models.map(withDashes), columns, noModels));
    return models.some(({ listed }) => listed === 'no') ? 1 : 0;
  },
};

const pin: CommandDefinition = {
  name: 'models pin',
  summary: 'pin a model to a snapshot, in the configuration file where that is safe',
  arguments: ['id', 'version?'],
  options: [{ name: 'keep-upstream', summary: 'go on asking for the name that is asked for now' }],
  async run(input) {
    const [id = '', given] = input.arguments;
    const version = given ?? (await newestSnapshot(input, id));
    const outcome = pinModel(input.configuration.file, {
      id,
      version,
      pinnedDate: new Date().toISOString().slice(0, 10),
      keepsUpstream: input.options['keep-upstream'] === true || input.options.keepUpstream === true,
    });
    const answer = { id, version, written: outcome.written, file: outcome.file ?? null, snippet: outcome.snippet };
    return show(input, answer, linesOf(id, version, outcome));
  },
};

export const modelCommands: readonly CommandDefinition[] = [list, one, refresh, pin];

function linesOf(id: string, version: string, outcome: ReturnType<typeof pinModel>): string[] {
  if (outcome.written) {
    return [`${id} is pinned to ${version} in ${outcome.file}; restart the gateway for it to take effect`];
  }
  return [`not written: ${outcome.why}. Write this into the configuration:`, '', ...outcome.snippet.split('\n')];
}

async function newestSnapshot(input: CommandInput, id: string): Promise<string> {
  const model = (await standings(input, '')).find((each) => each.id === id);
  if (model === undefined) throw notFound(id);
  if (typeof model.newest_snapshot === 'string' && model.newest_snapshot !== '') return model.newest_snapshot;
  const message = `no dated snapshot of ${id} is to be seen (${model.note || 'the provider lists none'}); name the version`;
  throw new FaultError(fault('not_found', message));
}

async function standings({ configuration }: CommandInput, provider: string): Promise<Row[]> {
  const path = `/models/standings?${new URLSearchParams({ provider })}`;
  return ((await askGateway(configuration, { method: 'GET', path })) as { models: Row[] }).models;
}

async function modelOf({ configuration, arguments: [id = ''] }: CommandInput): Promise<Row> {
  const { models } = (await askGateway(configuration, { method: 'GET', path: '/models' })) as { models: Row[] };
  const model = models.find((each) => each.id === id);
  if (model === undefined) throw notFound(id);
  return model;
}

function notFound(id: string): FaultError {
  return new FaultError(fault('not_found', `there is no model ${id}; \`waybill models list\` shows them`));
}

/** What is known of the snapshot beside the rest. */
function flat({ snapshot, ...model }: Row): Row {
  return { ...model, ...(snapshot as Row | null) };
}

function withDashes(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === '' ? '-' : value]));
}

function show({ json, print }: CommandInput, answer: object, lines: readonly string[]): number {
  for (const line of json ? [JSON.stringify(answer)] : lines) print(line);
  return 0;
}
