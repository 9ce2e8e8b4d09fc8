// Runs a command of this service the way the command line does, with its output in hand.
import { loadConfiguration } from '@waybill/config';
import type { CommandDefinition, CommandInput } from '@waybill/service';

export interface CommandRun {
  readonly code: number;
  readonly printed: readonly string[];
}

export interface RunCommandOptions {
  readonly dataDirectory?: string;
  readonly arguments?: readonly string[];
  readonly options?: CommandInput['options'];
  readonly lines?: readonly string[];
}

/** With --json; the configuration is the built-in one. */
export async function runCommand(command: CommandDefinition, given: RunCommandOptions = {}): Promise<CommandRun> {
  const { dataDirectory = '/nonexistent', options = {}, lines = [] } = given;
  const configuration = loadConfiguration({ argv: ['--data-dir', dataDirectory], environment: {}, cwd: '/' });
  if (!configuration.ok) throw new Error(configuration.fault.message);
  const printed: string[] = [];
  const code = await command.run({
    arguments: given.arguments ?? [],
    options,
    json: options.json !== false,
    configuration: configuration.value,
    print: (line) => void printed.push(line),
    lines: linesOf(lines),
  });
  return { code, printed };
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
