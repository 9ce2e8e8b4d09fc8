// A server on the configuration that is deployed: what is changed is where it listens and where its files are.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { repositoryRoot } from '../infra/command.ts';
import { freePorts } from '../infra/free-ports.ts';
import { natsServer } from '../infra/provision.ts';
import { type ServerProcess, serverFolder, startServer } from '../infra/server-process.ts';
import { type CertificateFiles, certificatesOf, makeCertificates } from './certificates.ts';

const deployed = join(repositoryRoot, 'deploy/nats');

/** The stream as code. */
export const streamFile = JSON.parse(readFileSync(join(deployed, 'stream.json'), 'utf8'));

export interface DeployedNats extends ServerProcess {
  /** `tls://127.0.0.1:<port>` */
  url: string;
  /** Connects with the certificate of that name. */
  connectAs(name: string): Promise<NatsConnection>;
  filesOf(name: string): CertificateFiles;
}

/** One node alone. `clients` are the names that get certificates, or a folder that deploy/compose/prepare.sh has filled. */
export async function startDeployedNats(clients: readonly string[] | string): Promise<DeployedNats> {
  const folder = serverFolder('deployed-nats');
  const certificates = typeof clients === 'string' ? join(clients, 'certificates') : folder.path;
  if (typeof clients !== 'string') makeCertificates(certificates, ['nats', ...clients]);
  const { ready, ...server } = await startNode({ folder: folder.path, certificates, name: 'nats-0' });
  const { closeAll, ...open } = doors(certificates, [ready]);
  return {
    ...server,
    ...open,
    async stop() {
      await closeAll();
      await server.stop();
      folder.remove();
    },
  };
}

export interface DeployedCluster extends Pick<DeployedNats, 'url' | 'connectAs' | 'filesOf'> {
  readonly nodes: readonly ServerProcess[];
  stop(): Promise<void>;
}

const nodeNames = ['nats-0', 'nats-1', 'nats-2'];

/** Three nodes. */
export async function startDeployedCluster(clients: readonly string[]): Promise<DeployedCluster> {
  const folder = serverFolder('deployed-cluster');
  makeCertificates(folder.path, ['nats', ...clients]);
  const ports = await freePorts(nodeNames.length);
  const starts = nodeNames.map((name, index) =>
    startNode({ folder: folder.path, certificates: folder.path, name, cluster: { port: ports[index]!, ports } }),
  );
  const nodes = await Promise.all(starts);
  const { closeAll, ...open } = doors(
    folder.path,
    nodes.map(({ ready }) => ready),
  );
  return {
    nodes,
    ...open,
    async stop() {
      await closeAll();
      await Promise.all(nodes.map((node) => node.kill()));
      folder.remove();
    },
  };
}

function doors(certificates: string, ports: readonly number[]) {
  const urls = ports.map((port) => `tls://127.0.0.1:${port}`);
  const filesOf = (name: string) => certificatesOf(certificates, name);
  const connections: NatsConnection[] = [];
  return {
    url: urls.join(','),
    filesOf,
    async connectAs(name: string) {
      const { caFile, certificateFile: certFile, keyFile } = filesOf(name);
      const tls = { caFile, certFile, keyFile };
      const connection = await connect({ servers: urls, tls, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
      connections.push(connection);
      return connection;
    },
    async closeAll() {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

interface Node {
  readonly folder: string;
  readonly certificates: string;
  readonly name: string;
  /** Absent: alone. */
  readonly cluster?: { readonly port: number; readonly ports: readonly number[] };
}

function startNode(node: Node) {
  const { folder, name } = node;
  copyFileSync(join(deployed, 'accounts.conf'), join(folder, 'accounts.conf'));
  const configuration = join(folder, `${name}.conf`);
  writeFileSync(configuration, configurationOf(node));
  return startServer(natsServer.program, ['--config', configuration], (output) => {
    const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
    return output.includes('Server is ready') && port !== undefined ? Number(port) : undefined;
  });
}

function configurationOf({ folder, certificates, name, cluster }: Node): string {
  const routes = cluster?.ports.map((port) => `"tls://127.0.0.1:${port}"`).join(', ');
  const changes: readonly (readonly [RegExp, string])[] = [
    [/\$NATS_NAME/, name],
    [/listen: 0\.0\.0\.0:4222/, 'listen: 127.0.0.1:-1'],
    [/http: 127\.0\.0\.1:8222/, 'http: 127.0.0.1:-1'],
    [/"\/data"/, JSON.stringify(join(folder, 'data', name))],
    [/\/etc\/waybill\/tls/g, join(certificates, 'nats')],
  ];
  const clustering: typeof changes = [
    [/listen: 0\.0\.0\.0:6222/, `listen: 127.0.0.1:${cluster?.port}`],
    [/routes: \[[\s\S]*?\]/, `routes: [${routes}]`],
  ];
  const alone: typeof changes = [[/^cluster \{[\s\S]*?^\}/m, '']];
  return [...changes, ...(cluster ? clustering : alone)].reduce(
    (text, [pattern, replacement]) => {
      if (!pattern.test(text)) throw new Error(`nats.conf has no ${pattern} any more`);
      return text.replace(pattern, replacement);
    },
    readFileSync(join(deployed, 'nats.conf'), 'utf8'),
  );
}
