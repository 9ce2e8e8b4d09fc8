// The life of a process: configuration, start, signals, end.
import { type Configuration, type ConfigurationSources, readConfiguration } from '@waybill/config';
import { FaultError } from '@waybill/kernel';
import type { ListeningAddress, ServiceDefinition } from './ports.ts';
import { startServices } from './start.ts';

export interface RunOptions {
  /** Where the configuration is looked for; the process's own arguments, environment and folder when absent. */
  readonly sources?: ConfigurationSources;
  /** Called once everything takes calls; says so on standard output when absent. */
  readonly onReady?: (addresses: readonly ListeningAddress[], configuration: Configuration) => void | Promise<void>;
}

/**
 * Runs services until SIGINT or SIGTERM, then drains them. A second signal, half a second later or
 * more, ends the process at once. What keeps it
 * from starting is one readable message on standard error and exit code 1; nothing listens before that is known. A
 * process that a service declares failed is drained the same way and ends with exit code 1, to be started anew.
 */
export async function run(definitions: readonly ServiceDefinition[], options: RunOptions = {}): Promise<void> {
  try {
    const loaded = await readConfiguration(options.sources);
    if (!loaded.ok) throw new FaultError(loaded.fault);
    const services = await startServices(definitions, { configuration: loaded.value });
    process.once('SIGINT', () => void end(services.stop));
    process.once('SIGTERM', () => void end(services.stop));
    services.failed.then(() => {
      setTimeout(() => process.exit(1), failedEndMs);
      return end(services.stop, 1);
    });
    process.on('unhandledRejection', (reason) => services.log.error({ err: reason }, 'unhandled rejection'));
    const onReady = options.onReady ?? (() => announce(definitions));
    await onReady(services.addresses, loaded.value);
  } catch (thrown) {
    process.stderr.write(`waybill: ${explain(thrown)}\n`);
    process.exit(1);
  }
}

function announce(definitions: readonly ServiceDefinition[]): void {
  process.stdout.write(`${definitions.map(({ name }) => name).join(', ')} is ready\n`);
}

/** A process that has failed is gone by then, whatever it hangs on; milliseconds. */
const failedEndMs = 15_000;

/** Ctrl-C is heard twice: from the terminal, and from the launcher that hands it on. Within this time it is one; milliseconds. */
const sameSignalMs = 500;

async function end(stop: () => Promise<void>, exitCode = 0): Promise<void> {
  const startedAtMs = performance.now();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (performance.now() - startedAtMs > sameSignalMs) process.exit(130);
    });
  }
  await stop();
  process.exit(exitCode);
}

/** What a person needs to know: a fault's own words, or the stack of a bug. */
function explain(thrown: unknown): string {
  if (thrown instanceof FaultError) return thrown.fault.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
