// A gateway with all its services in one process and the providers' simulator in another, on books of their own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatorOptions } from '@waybill/simulator';
import {
  type GatewayProcess,
  type SimulatorProcess,
  startGatewayProcess,
  startSimulatorProcess,
} from '@waybill/standalone';
import { type ConfigurationOptions, keys, testConfiguration } from './configuration.ts';
import { type CommandEnd, compileCache, runWaybill } from './waybill-command.ts';

/** Where callers reach a gateway, however many processes it is made of. */
export interface World {
  /** Such as http://127.0.0.1:8080. */
  readonly url: string;
  /** host:port. */
  readonly grpcAddress: string;
  /** A virtual key with room to spend. */
  readonly key: string;
  stop(): Promise<void>;
}

/** A world whose gateway can be killed and started again. */
export interface StandaloneWorld extends World {
  readonly simulator: SimulatorProcess;
  readonly gateway: GatewayProcess;
  readonly configurationFile: string;
  readonly dataDirectory: string;
  /** Everything the gateways have written to standard error. */
  readonly log: string;
  /** Starts a gateway on the same books; the one before has to be gone. */
  startAgain(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a command on these books, or at this gateway. */
  waybill(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CommandEnd>;
}

export interface WorldOptions extends ConfigurationOptions {
  readonly simulator?: SimulatorOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

const logKept = 1_000_000;

export async function startWorld(options: WorldOptions = {}): Promise<StandaloneWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-e2e-'));
  const [configurationFile, dataDirectory] = [join(folder, 'waybill.json'), join(folder, 'books')];
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  let log = '';
  const onLog = (text: string) => {
    log = (log + text).slice(-logKept);
  };
  const start = (environment?: Readonly<Record<string, string>>) =>
    startGatewayProcess({
      configurationFile,
      dataDirectory,
      environment: { ...compileCache, ...environment },
      onLog,
    });
  const simulator = await startSimulatorProcess(options.simulator);
  await writeFile(configurationFile, JSON.stringify(testConfiguration(simulator.url, options)));
  let gateway: GatewayProcess;
  try {
    gateway = await start(options.environment);
  } catch (thrown) {
    await simulator.stop();
    await removeFolder();
    throw thrown;
  }
  return {
    simulator,
    configurationFile,
    dataDirectory,
    key: keys.acme,
    get gateway() {
      return gateway;
    },
    get url() {
      return gateway.url;
    },
    get grpcAddress() {
      return gateway.grpcAddress;
    },
    get log() {
      return log;
    },
    async startAgain(environment) {
      gateway = await start(environment);
    },
    waybill(words, environment) {
      const ports = ['--http-port', portOf(gateway.url), '--grpc-port', portOf(`http://${gateway.grpcAddress}`)];
      const places = ['--config', configurationFile, '--data-dir', dataDirectory, ...ports];
      return runWaybill([...words, ...places], { environment, folder });
    },
    async stop() {
      await gateway.stop();
      await simulator.stop();
      await removeFolder();
    },
  };
}

function portOf(url: string): string {
  return new URL(url).port;
}
