// A gateway whose services are processes of their own, on NATS and MongoDB, with the providers' simulator in another.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatorProcess, startSimulatorProcess } from '@waybill/standalone';
import { keys, testConfiguration } from '../configuration.ts';
import { runWaybill } from '../waybill-command.ts';
import { type BooksWorld, openRecordOf, type WorldOptions } from '../world.ts';
import { type Deployment, type Replicas, startDeployment } from './deployment.ts';
import type { ServiceProcess } from './service-process.ts';

export interface DistributedWorldOptions extends WorldOptions {
  readonly replicas?: Replicas;
}

export interface DistributedWorld extends BooksWorld {
  readonly deployment: Deployment;
  /** The world as the clients of one gateway see it; `world` itself is that of the first one. */
  at(gateway: ServiceProcess): BooksWorld;
}

export async function startDistributedWorld(options: DistributedWorldOptions = {}): Promise<DistributedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-distributed-'));
  const simulator = await startSimulatorProcess(options.simulator);
  const clear = async () => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    const configuration = testConfiguration(simulator.url, options);
    const { replicas, environment } = options;
    const deployment = await startDeployment({ folder, configuration, replicas, environment });
    return worldOf(folder, simulator, deployment, clear);
  } catch (thrown) {
    await clear();
    throw thrown;
  }
}

function worldOf(
  folder: string,
  simulator: SimulatorProcess,
  deployment: Deployment,
  clear: () => Promise<void>,
): DistributedWorld {
  const { configurationFile, processes } = deployment;
  const at = (gateway: ServiceProcess): BooksWorld => ({
    simulator,
    configurationFile,
    key: keys.acme,
    url: gateway.url,
    grpcAddress: gateway.address,
    get log() {
      return processes.map((each) => each.log()).join('');
    },
    waybill(words, environment) {
      const ports = ['--http-port', portOf(gateway.url), '--grpc-port', portOf(`http://${gateway.address}`)];
      const sources = ['--config', configurationFile, '--data-dir', gateway.dataDirectory, ...ports];
      return runWaybill([...words, ...sources], { environment, folder });
    },
    openRecord: () => openRecordOf({ configurationFile, dataDirectory: gateway.dataDirectory }),
    stop: () => deployment.stop().finally(clear),
  });
  const [first] = deployment.of('gateway');
  if (first === undefined) throw new Error('there is no gateway');
  return Object.assign(at(first), { deployment, at });
}

function portOf(url: string): string {
  return new URL(url).port;
}
