// A server on the configuration that is deployed: what is changed is where it listens and where its files are.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { repositoryRoot } from '../infra/command.ts';
import { natsServer } from '../infra/provision.ts';
import { type ServerProcess, serverFolder, startServer } from '../infra/server-process.ts';
import { certificatesOf, makeCertificates } from './certificates.ts';

const deployed = join(repositoryRoot, 'deploy/nats');

export interface DeployedNats extends ServerProcess {
  /** Connects with the certificate of that name. */
  connectAs(name: string): Promise<NatsConnection>;
}

/** One node alone. `clients` are the names that get certificates. */
export async function startDeployedNats(clients: readonly string[]): Promise<DeployedNats> {
  const folder = serverFolder('deployed-nats');
  makeCertificates(folder.path, ['nats', ...clients]);
  copyFileSync(join(deployed, 'accounts.conf'), join(folder.path, 'accounts.conf'));
  const configuration = join(folder.path, 'nats.conf');
  writeFileSync(configuration, oneNode(readFileSync(join(deployed, 'nats.conf'), 'utf8'), folder.path));
  const server = await startServer(natsServer.program, ['--config', configuration], readyPort);
  return {
    ...server,
    connectAs(name) {
      const { caFile, certificateFile: certFile, keyFile } = certificatesOf(folder.path, name);
      return connect({
        servers: `tls://127.0.0.1:${server.ready}`,
        tls: { caFile, certFile, keyFile },
        reconnect: false,
      });
    },
    stop: () => server.stop().then(folder.remove),
  };
}

function readyPort(output: string): number | undefined {
  const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
  return output.includes('Server is ready') && port !== undefined ? Number(port) : undefined;
}

function oneNode(configuration: string, folder: string): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/\$NATS_NAME/, 'nats-0'],
    [/listen: 0\.0\.0\.0:4222/, 'listen: 127.0.0.1:-1'],
    [/http: 127\.0\.0\.1:8222/, 'http: 127.0.0.1:-1'],
    [/"\/data"/, JSON.stringify(join(folder, 'data'))],
    [/\/etc\/waybill\/tls/g, join(folder, 'nats')],
    [/^cluster \{[\s\S]*?^\}/m, ''],
  ];
  return changes.reduce((text, [pattern, replacement]) => {
    if (!pattern.test(text)) throw new Error(`nats.conf has no ${pattern} any more`);
    return text.replace(pattern, replacement);
  }, configuration);
}
