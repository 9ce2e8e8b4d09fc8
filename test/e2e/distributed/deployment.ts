// All services in processes of their own, with NATS and MongoDB, on this machine.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceName, serviceNames } from '@waybill/config';
import { freePorts } from '../../infra/free-ports.ts';
import { type KeptServer, startKeptMongo, startKeptNats } from './servers.ts';
import { type ServiceProcess, serviceProcess } from './service-process.ts';

export type Replicas = Readonly<Partial<Record<ServiceName, number>>>;

export interface DeploymentOptions {
  /** Where everything is kept; exists. */
  readonly folder: string;
  /** The sections that say what is served; those of stores and network are added. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** One of each service unless told otherwise. */
  readonly replicas?: Replicas;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ports of the first gateway; free ones when absent. */
  readonly edge?: { readonly httpPort: number; readonly grpcPort: number };
  /** Keeps a terminal's Ctrl-C from all of it, for who calls `stop` then. */
  readonly detached?: boolean;
  /** Told of each step of the start. */
  readonly onProgress?: (line: string) => void;
}

export interface Deployment {
  readonly configurationFile: string;
  readonly nats: KeptServer;
  readonly mongodb: KeptServer;
  readonly processes: readonly ServiceProcess[];
  /** The replicas of one service. */
  of(service: ServiceName): readonly ServiceProcess[];
  /** Stops everything in good order; throws what did not stop by itself. */
  stop(): Promise<void>;
}

/** Those that others call come first, the edge last. */
const startOrder: readonly ServiceName[] = [
  'cost',
  'selector',
  'rate-limit',
  'provider-adapter',
  'evaluator',
  'gateway',
];

export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { folder, detached, onProgress = () => undefined } = options;
  const nats = await startKeptNats(folder, detached);
  onProgress(`NATS on ${nats.url}`);
  const mongodb = await startKeptMongo(folder, detached).catch(async (thrown: unknown) => {
    await nats.kill();
    throw thrown;
  });
  onProgress(`MongoDB on ${mongodb.url}`);
  const configurationFile = join(folder, 'waybill.json');
  const processes = await planProcesses(options, configurationFile);
  const deployment: Deployment = {
    configurationFile,
    nats,
    mongodb,
    processes,
    of: (service) => processes.filter((each) => each.service === service),
    stop: () => stopAll(processes, [mongodb, nats]),
  };
  const stores = { nats: nats.url, mongodb: mongodb.url };
  const sections = { ...options.configuration, ...distributedSections(options, processes, stores) };
  await writeFile(configurationFile, JSON.stringify(sections, null, 2));
  try {
    for (const service of startOrder) {
      await Promise.all(deployment.of(service).map((each) => each.start()));
      onProgress(
        `${service}: ${deployment
          .of(service)
          .map(({ address }) => address)
          .join(', ')}`,
      );
    }
    return deployment;
  } catch (thrown) {
    for (const each of processes) await each.kill();
    await Promise.all([mongodb.kill(), nats.kill()]);
    throw thrown;
  }
}

async function planProcesses(options: DeploymentOptions, configurationFile: string): Promise<ServiceProcess[]> {
  const { folder, replicas = {}, environment, edge, detached } = options;
  const planned = serviceNames.flatMap((service) =>
    Array.from({ length: replicas[service] ?? 1 }, (_, index) => ({ service, instance: `${service}-${index}` })),
  );
  const ports = await freePorts(planned.length * 2);
  const shared = { WAYBILL_SECRET_FILE: await sharedSecret(folder) };
  return Promise.all(
    planned.map(async ({ service, instance }, index) => {
      const dataDirectory = join(folder, instance);
      await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
      const given = instance === 'gateway-0' ? edge : undefined;
      const [port, httpPort] = [given?.grpcPort ?? ports[2 * index]!, given?.httpPort ?? ports[2 * index + 1]!];
      return serviceProcess({
        service,
        instance,
        configurationFile,
        dataDirectory,
        port,
        httpPort,
        environment: { ...shared, ...environment },
        detached,
      });
    }),
  );
}

/** The gateways' root of all their keys, made once. */
async function sharedSecret(folder: string): Promise<string> {
  const file = join(folder, 'gateway.secret');
  const secret = randomBytes(32).toString('base64url');
  await writeFile(file, secret, { mode: 0o600, flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  return file;
}

function distributedSections(
  { configuration }: DeploymentOptions,
  processes: readonly ServiceProcess[],
  stores: { nats: string; mongodb: string },
) {
  const services = Object.fromEntries(
    serviceNames.map((name) => [
      name,
      processes.filter(({ service }) => service === name).map(({ address }) => address),
    ]),
  );
  return {
    storage: {
      ...(configuration.storage as object | undefined),
      nats: { url: stores.nats, replicas: 1, make_stream: true, max_bytes: 2 ** 30 },
      mongodb: { uri: stores.mongodb },
    },
    network: { services },
  };
}

async function stopAll(processes: readonly ServiceProcess[], servers: readonly KeptServer[]): Promise<void> {
  const problems: unknown[] = [];
  for (const service of startOrder.toReversed()) {
    const stopping = processes.filter((each) => each.service === service).map((each) => each.stop());
    for (const outcome of await Promise.allSettled(stopping)) {
      if (outcome.status === 'rejected') problems.push(outcome.reason);
    }
  }
  await Promise.all(servers.map((server) => server.stop()));
  if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join('\n'));
}
