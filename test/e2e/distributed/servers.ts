// NATS and MongoDB of a deployment on this machine: on fixed ports and folders, so that they come back after a kill.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../infra/free-ports.ts';
import { startMongoReplicaSet } from '../../infra/mongodb.ts';
import { startNats } from '../../infra/nats.ts';
import type { ServerProcess } from '../../infra/server-process.ts';

/** A server that can be taken away and brought back. */
export interface KeptServer {
  readonly url: string;
  readonly folder: string;
  pid(): number;
  /** kill -9. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
}

type Start = () => Promise<ServerProcess & { readonly address: string }>;

export async function startKeptNats(folder: string, detached?: boolean): Promise<KeptServer> {
  const dataDirectory = join(folder, 'nats');
  const port = await keptPort(dataDirectory);
  return keep(dataDirectory, async () => {
    const server = await startNats({ port, dataDirectory, detached });
    return { ...server, address: server.url };
  });
}

export async function startKeptMongo(folder: string, detached?: boolean): Promise<KeptServer> {
  const dataDirectory = join(folder, 'mongodb');
  const port = await keptPort(dataDirectory);
  return keep(dataDirectory, async () => {
    const server = await startMongoReplicaSet({ port, dataDirectory, detached });
    return { ...server, address: server.uri };
  });
}

const howToFree = 'end what was left of an earlier start (its command line names the folder), or choose another folder';

/** The port that was used on this folder before: a replica set knows its members by their ports. */
async function keptPort(folder: string): Promise<number> {
  const file = `${folder}.port`;
  if (existsSync(file)) {
    const port = Number(readFileSync(file, 'utf8'));
    if (await answers(port)) throw new Error(`127.0.0.1:${port}, the port of ${folder}, is in use: ${howToFree}`);
    return port;
  }
  const [port = 0] = await freePorts(1);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${port}`);
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}

async function keep(folder: string, start: Start): Promise<KeptServer> {
  let server = await start();
  let isRunning = true;
  const end = (how: 'kill' | 'stop') => async () => {
    if (!isRunning) return;
    isRunning = false;
    await server[how]();
  };
  return {
    url: server.address,
    folder,
    pid: () => server.pid,
    kill: end('kill'),
    stop: end('stop'),
    async start() {
      if (isRunning) return;
      server = await start();
      isRunning = true;
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
  };
}
