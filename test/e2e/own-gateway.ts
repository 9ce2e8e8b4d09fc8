// A gateway on a configuration that a test has written itself, in a folder of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayProcess, startGatewayProcess } from '@waybill/standalone';
import { type CommandEnd, compileCache, runWaybill } from './waybill-command.ts';

export interface OwnGateway {
  readonly url: string;
  /** Where its configuration, its books (`books`) and whatever else it keeps are. */
  readonly folder: string;
  /** What it has written to standard error. */
  readonly log: string;
  waybill(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CommandEnd>;
  stop(): Promise<void>;
}

export interface OwnGatewayOptions {
  /** By name in the folder; `waybill.yaml` is the configuration. */
  readonly files: Readonly<Record<string, string>>;
  /** A folder that is there already, which the test removes; default a new one, removed at the stop. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startOwnGateway({ files, folder: given, environment }: OwnGatewayOptions): Promise<OwnGateway> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'waybill-own-')));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const remove = () =>
    given === undefined
      ? rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
      : Promise.resolve();
  const places = { configurationFile: join(folder, 'waybill.yaml'), dataDirectory: join(folder, 'books') };
  let log = '';
  const onLog = (text: string) => {
    log += text;
  };
  try {
    const gateway = await startGatewayProcess({ ...places, environment: { ...compileCache, ...environment }, onLog });
    return ownGateway(gateway, { ...places, folder, environment: environment ?? {}, log: () => log, remove });
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

interface Surroundings {
  readonly configurationFile: string;
  readonly dataDirectory: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  log(): string;
  remove(): Promise<void>;
}

function ownGateway(gateway: GatewayProcess, surroundings: Surroundings): OwnGateway {
  const { configurationFile, dataDirectory, folder, environment, log, remove } = surroundings;
  return {
    url: gateway.url,
    folder,
    get log() {
      return log();
    },
    waybill(words, more) {
      const places = ['--config', configurationFile, '--data-dir', dataDirectory];
      const grpcPort = gateway.grpcAddress.slice(gateway.grpcAddress.lastIndexOf(':') + 1);
      const ports = ['--http-port', new URL(gateway.url).port, '--grpc-port', grpcPort];
      return runWaybill([...words, ...places, ...ports], { environment: { ...environment, ...more }, folder });
    },
    async stop() {
      await gateway.stop();
      await remove();
    },
  };
}
