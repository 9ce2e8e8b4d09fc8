// A gateway with all its services in one process and the providers' simulator in another, on books of their own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '@waybill/config';
import { FaultError } from '@waybill/kernel';
import { type OpenedRecord, openRecord } from '@waybill/service';
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

/** A world whose books can be looked at from outside. */
export interface BooksWorld extends World {
  readonly simulator: SimulatorProcess;
  readonly configurationFile: string;
  /** Everything its processes have written to standard error, the last part of it. */
  readonly log: string;
  /** Runs a command on these books, or at this gateway. */
  waybill(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CommandEnd>;
  /** The event log and the read models; to be closed. */
  openRecord(): Promise<OpenedRecord>;
}

/** Starts a world of one shape or another. */
export type StartWorld = (options: WorldOptions) => Promise<BooksWorld>;

/** A world whose gateway can be killed and started again. */
export interface StandaloneWorld extends BooksWorld {
  readonly gateway: GatewayProcess;
  readonly dataDirectory: string;
  /** Starts a gateway on the same books; the one before has to be gone. */
  startAgain(environment?: Readonly<Record<string, string>>): Promise<void>;
}

export interface WorldOptions extends ConfigurationOptions {
  readonly simulator?: SimulatorOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Places {
  readonly folder: string;
  readonly configurationFile: string;
  readonly dataDirectory: string;
}

export async function startWorld(options: WorldOptions = {}): Promise<StandaloneWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-e2e-'));
  const places = { folder, configurationFile: join(folder, 'waybill.json'), dataDirectory: join(folder, 'books') };
  const simulator = await startSimulatorProcess(options.simulator);
  const close = async () => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    await writeFile(places.configurationFile, JSON.stringify(testConfiguration(simulator.url, options)));
    const gateways = gatewaysAt(places);
    await gateways.start(options.environment);
    return worldOf(places, simulator, gateways, close);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const logKept = 1_000_000;

/** The gateways of one world, one after the other. */
function gatewaysAt({ configurationFile, dataDirectory }: Places) {
  const state = { gateway: undefined as GatewayProcess | undefined, isRunning: false, log: '' };
  const onLog = (text: string) => {
    state.log = (state.log + text).slice(-logKept);
  };
  return {
    log: () => state.log,
    now(): GatewayProcess {
      if (state.gateway === undefined) throw new Error('no gateway was started');
      return state.gateway;
    },
    async start(more?: Readonly<Record<string, string>>) {
      const environment = { ...compileCache, ...more };
      state.gateway = await startGatewayProcess({ configurationFile, dataDirectory, environment, onLog });
      state.isRunning = true;
      state.gateway.exited.then(() => {
        state.isRunning = false;
      });
    },
    /** Throws if it has to be killed; one that was killed before is left as it is. */
    async stop() {
      if (state.gateway === undefined || !state.isRunning) return;
      await state.gateway.stop();
      const end = await state.gateway.exited;
      if (end !== 0) throw new Error(`the gateway did not stop by itself: ${end}\n${state.log.slice(-2000)}`);
    },
  };
}

function worldOf(
  places: Places,
  simulator: SimulatorProcess,
  gateways: ReturnType<typeof gatewaysAt>,
  close: () => Promise<void>,
): StandaloneWorld {
  const { folder, configurationFile, dataDirectory } = places;
  return {
    simulator,
    configurationFile,
    dataDirectory,
    key: keys.acme,
    get gateway() {
      return gateways.now();
    },
    get url() {
      return gateways.now().url;
    },
    get grpcAddress() {
      return gateways.now().grpcAddress;
    },
    get log() {
      return gateways.log();
    },
    startAgain: gateways.start,
    waybill(words, environment) {
      const { url, grpcAddress } = gateways.now();
      const ports = ['--http-port', portOf(url), '--grpc-port', portOf(`http://${grpcAddress}`)];
      const sources = ['--config', configurationFile, '--data-dir', dataDirectory, ...ports];
      return runWaybill([...words, ...sources], { environment, folder });
    },
    openRecord: () => openRecordOf({ configurationFile, dataDirectory }),
    async stop() {
      await gateways.stop().finally(close);
    },
  };
}

/** What a process with this configuration and folder would read. */
export function openRecordOf(places: Pick<Places, 'configurationFile' | 'dataDirectory'>): Promise<OpenedRecord> {
  const environment = { WAYBILL_DATA_DIR: places.dataDirectory };
  const loaded = loadConfiguration({ file: places.configurationFile, environment, cwd: places.dataDirectory });
  if (!loaded.ok) throw new FaultError(loaded.fault);
  return openRecord(loaded.value);
}

function portOf(url: string): string {
  return new URL(url).port;
}
