// The `waybill` command: commands of its own, and those that the services bring.
import { createInterface } from 'node:readline';
import { readConfiguration } from '@waybill/config';
import { FaultError } from '@waybill/kernel';
import type { CommandDefinition } from '@waybill/service';
import { Command } from 'commander';
import { doctorCommand } from './commands/doctor.ts';
import { up } from './commands/up.ts';
import { demoCommand } from './demo/demo.ts';
import { services } from './services.ts';

/** Options that say where the configuration comes from; libs/config reads them. */
const sourceOptions = [
  ['--config <file>', 'configuration file; default: WAYBILL_CONFIG, else ./waybill.yaml where there is one'],
  ['--data-dir <folder>', 'where the books are kept; default: ./.waybill'],
  ['--host <address>', 'address of the gateway; default: 127.0.0.1'],
  ['--http-port <port>', 'HTTP port of the gateway; default: 8080'],
  ['--grpc-port <port>', 'gRPC port of the gateway; default: 50051'],
] as const;

/** What the first words of commands of two words are about. */
const subjects: Readonly<Record<string, string>> = {
  keys: 'virtual keys of callers, and the keys of providers that tenants bring',
  provider: 'keys of providers that tenants have stored',
  budgets: 'budgets and what is left of them',
  limits: 'limits of requests, tokens and concurrency',
  models: 'models that callers can ask for, and their pins',
  providers: 'providers and their health',
  runs: 'runs of calls, by x-waybill-run',
};

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const program = withSources(new Command('waybill').description('An AI gateway that keeps the books.'));
withSources(program.command('up').description('start the gateway, all services in one process')).action(
  (_options: Flags, command: Command) => up(argumentsOf(command.optsWithGlobals<Flags>())),
);
for (const command of [demoCommand, doctorCommand, ...services.flatMap((service) => service.commands ?? [])])
  add(command);
await program.parseAsync();

type Flags = Readonly<Record<string, string | boolean>>;

function withSources(command: Command): Command {
  for (const [flags, summary] of sourceOptions) command.option(flags, summary);
  return command;
}

/** Adds a command; a name of two words goes below the first. */
function add(definition: CommandDefinition): void {
  const words = definition.name.split(' ');
  const name = words.pop() ?? definition.name;
  const command = withSources(parentOf(words).command(name).description(definition.summary));
  for (const argument of definition.arguments ?? [])
    command.argument(argument.endsWith('?') ? `[${argument.slice(0, -1)}]` : `<${argument}>`);
  command.option('--json', 'write JSON');
  for (const { name: option, value, summary } of definition.options ?? []) {
    command.option(value === undefined ? `--${option}` : `--${option} <${value}>`, summary);
  }
  command.action(async () => {
    process.exitCode = await runCommand(definition, command);
  });
}

function parentOf(words: readonly string[]): Command {
  let parent = program;
  for (const word of words) {
    parent = parent.commands.find((each) => each.name() === word) ?? described(parent.command(word));
  }
  return parent;
}

function described(command: Command): Command {
  const subject = subjects[command.name()];
  return subject === undefined ? command : command.description(subject);
}

async function runCommand(definition: CommandDefinition, command: Command): Promise<number> {
  const options = command.optsWithGlobals<Flags>();
  try {
    const configuration = await readConfiguration({ argv: argumentsOf(options) });
    if (!configuration.ok) throw new FaultError(configuration.fault);
    return await definition.run({
      arguments: command.args,
      options,
      json: options.json === true,
      configuration: configuration.value,
      print: (line) => process.stdout.write(`${line}\n`),
      get lines() {
        return createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof FaultError)) throw thrown;
    process.stderr.write(`waybill ${definition.name}: ${thrown.fault.message}\n`);
    return 1;
  }
}

/** The options of this command that say where the configuration comes from, as libs/config takes them. */
function argumentsOf(options: Flags): string[] {
  const sources = ['config', 'dataDir', 'host', 'httpPort', 'grpcPort'];
  return sources.flatMap((name) => {
    const value = options[name];
    return typeof value === 'string'
      ? [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value]
      : [];
  });
}
