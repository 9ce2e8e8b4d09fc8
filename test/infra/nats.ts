// A real NATS server with JetStream for tests, set up as money wants it: every acknowledged message is on the disk.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isProvisioned, natsServer } from './provision.ts';
import { type ServerProcess, serverFolder, startServer } from './server-process.ts';

/** Claims that the server is at hand; suites that need it are skipped without: `(hasNats ? describe : describe.skip)(...)`. */
export const hasNats = isProvisioned(natsServer);

export interface NatsOptions {
  /** Keeps the streams here, also after `stop`; by default in a folder that `stop` removes. */
  dataDirectory?: string;
  /** By default a free one; name the same again to let clients reconnect after a crash. */
  port?: number;
  /** Keeps a terminal's Ctrl-C from it. */
  detached?: boolean;
}

export interface NatsServer extends ServerProcess {
  /** `nats://127.0.0.1:<port>` */
  url: string;
  port: number;
}

export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const folder = serverFolder('nats', options.dataDirectory);
  const configuration = join(folder.path, 'nats.conf');
  writeFileSync(configuration, configurationText(folder.path, options.port ?? -1));
  const readyPort = (output: string) => {
    const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
    return output.includes('Server is ready') && port !== undefined ? Number(port) : undefined;
  };
  const { detached } = options;
  const server = await startServer(natsServer.program, ['--config', configuration], readyPort, { detached });
  return {
    pid: server.pid,
    port: server.ready,
    url: `nats://127.0.0.1:${server.ready}`,
    kill: server.kill,
    stop: () => server.stop().then(folder.remove),
  };
}

/** Port -1 lets the server choose. */
function configurationText(folder: string, port: number): string {
  return `
listen: 127.0.0.1:${port}
jetstream {
  store_dir: ${JSON.stringify(join(folder, 'jetstream'))}
  sync_interval: always
}
`;
}
