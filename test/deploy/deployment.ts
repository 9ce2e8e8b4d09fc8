// Six processes with everything a deployment has: certificates, accounts, the stream as code. What Compose would mount
// and name is put in its place.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { type ServiceName, serviceNames } from '@waybill/config';
import { type ServiceProcess, serviceProcess } from '../e2e/distributed/service-process.ts';
import { freePorts } from '../infra/free-ports.ts';
import { serverFolder } from '../infra/server-process.ts';
import { composeFolder, prepareSecrets } from './compose.ts';
import { type DeployedMongo, startDeployedMongo } from './mongodb-server.ts';
import { type DeployedNats, startDeployedNats, streamFile } from './nats-server.ts';

export interface Deployed {
  readonly virtualKey: string;
  /** Configuration of a person with the operator's accounts. */
  readonly operatorsConfiguration: string;
  readonly secrets: string;
  of(service: ServiceName): ServiceProcess;
  stop(): Promise<void>;
}

/** Those that others wait for come first. */
const startOrder: readonly ServiceName[] = [
  'cost',
  'selector',
  'rate-limit',
  'provider-adapter',
  'evaluator',
  'gateway',
];

export async function startDeployed(environment: Readonly<Record<string, string>> = {}): Promise<Deployed> {
  const folder = serverFolder('deployed');
  const secrets = join(folder.path, 'secrets');
  prepareSecrets(secrets);
  const [nats, mongo] = await Promise.all([startDeployedNats(secrets), startDeployedMongo(secrets)]);
  await makeStream(nats);
  const ports = await freePorts(serviceNames.length * 2);
  const place: Place = { folder: folder.path, secrets, nats, mongo, ports, environment };
  const processes = new Map(serviceNames.map((service) => [service, processOf(service, place)]));
  const of = (service: ServiceName) => processes.get(service)!;
  const stop = async () => {
    for (const service of startOrder.toReversed()) await of(service).stop();
    await Promise.all([nats.stop(), mongo.stop()]);
    folder.remove();
  };
  try {
    for (const service of startOrder) await of(service).start();
  } catch (thrown) {
    await Promise.all([...processes.values()].map((process) => process.kill()));
    await Promise.all([nats.stop(), mongo.stop()]);
    throw thrown;
  }
  return {
    virtualKey: readFileSync(join(secrets, 'virtual-key'), 'utf8'),
    operatorsConfiguration: configurationFor('operator', place),
    secrets,
    of,
    stop,
  };
}

interface Place {
  readonly folder: string;
  readonly secrets: string;
  readonly nats: DeployedNats;
  readonly mongo: DeployedMongo;
  /** Two for each service, in their order. */
  readonly ports: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
}

async function makeStream(nats: DeployedNats): Promise<void> {
  const manager = await jetstreamManager(await nats.connectAs('operator'), { checkAPI: false });
  await manager.streams.add({ ...streamFile, num_replicas: 1 });
}

function processOf(service: ServiceName, place: Place): ServiceProcess {
  const dataDirectory = join(place.folder, service, 'data');
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const index = serviceNames.indexOf(service);
  return serviceProcess({
    service,
    instance: `${service}-0`,
    configurationFile: configurationFor(service, place),
    dataDirectory,
    port: place.ports[2 * index]!,
    httpPort: place.ports[2 * index + 1]!,
    environment: place.environment,
  });
}

/** deploy/compose/waybill.yaml for one account. */
function configurationFor(account: ServiceName | 'operator', { folder, secrets, nats, mongo, ports }: Place): string {
  const own = join(folder, account);
  mkdirSync(own, { recursive: true });
  const withheld = join(composeFolder, 'withheld');
  const keyFile = account === 'gateway' ? join(secrets, 'virtual-key') : withheld;
  writeFileSync(join(own, 'mongodb'), mongo.uriOf(account));
  const addresses = serviceNames.map((service, index) => [service, `127.0.0.1:${ports[2 * index]}`] as const);
  const changes: readonly (readonly [string, string])[] = [
    ['/run/secrets/virtual-key', keyFile],
    ['/run/secrets/gateway-secret', join(secrets, 'gateway-secret')],
    ['/run/secrets/mongodb', join(own, 'mongodb')],
    ['/etc/waybill/tls', join(secrets, 'certificates', account)],
    ['tls://nats-0:4222,tls://nats-1:4222,tls://nats-2:4222', `${nats.url}\n    replicas: 1`],
    ['data_dir: /data', `data_dir: ${join(own, 'data')}`],
    ['0.0.0.0', '127.0.0.1'],
    ['  otlp_endpoint: http://collector:4318', '  log_level: info'],
    ...addresses
      .filter(([service]) => service !== 'gateway')
      .map(([service, address]) => [`dns:///${service}:50051`, address] as const),
  ];
  const file = join(own, 'waybill.yaml');
  writeFileSync(file, changes.reduce(replaced, readFileSync(join(composeFolder, 'waybill.yaml'), 'utf8')));
  return file;
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`waybill.yaml has no ${from} any more`);
  return text.replaceAll(from, to);
}
