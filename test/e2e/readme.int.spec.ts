// Every command of the README does what it says, on a gateway started as the README starts it.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfiguration } from '@waybill/config';
import { type Child, startChild } from '@waybill/standalone';
import { freePorts } from '../infra/free-ports.ts';
import { grpcurl, isProvisioned, mongod, natsServer } from '../infra/provision.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const launcher = new URL('../../services/standalone/bin/waybill.mjs', import.meta.url);
const readme = await readFile(join(repository, 'README.md'), 'utf8');
const scripts = (JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as Manifest).scripts;

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

/** Commands of the README's shell blocks, continued lines joined. */
const commands = blocksOf('sh').flatMap((block) => block.replaceAll('\\\n', ' ').split('\n').filter(Boolean));

let folder: string;
let gateway: Child;
let http = '';
let grpc = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-readme-'));
  gateway = await startChild({
    entry: launcher,
    arguments: ['up', '--data-dir', join(folder, 'books'), '--http-port', '0', '--grpc-port', '0'],
    environment: { PATH: process.env.PATH ?? '', HOME: folder },
    ready: (printed) => (printed.includes('Stop with Ctrl-C.') ? printed : undefined),
    readyWithinMs: 60_000,
  });
  http = /HTTP\s+http:\/\/(\S+)/.exec(gateway.answer)?.[1] ?? '';
  grpc = /gRPC\s+(\S+)/.exec(gateway.answer)?.[1] ?? '';
}, 70_000);

afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

function blocksOf(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '');
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

function run(file: string, words: readonly string[], timeoutMs = 100_000): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(file, words, { cwd: repository, timeout: timeoutMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** The command with this run's addresses in place of the default ones. */
function placed(command: string): string {
  return command.replaceAll('127.0.0.1:8080', http).replaceAll('127.0.0.1:50051', grpc);
}

test('the README has commands, and package.json knows each npm script among them', () => {
  expect(commands.length).toBeGreaterThan(8);
  expect(scripts.start).toBe('node services/standalone/bin/waybill.mjs up');
  expect(scripts.waybill).toBe('node services/standalone/bin/waybill.mjs');
  for (const [, name] of readme.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
});

test.each(commands.filter((command) => command.startsWith('curl')))('%s', async (command) => {
  const { code, output } = await run('sh', ['-c', placed(command)]);
  expect(output).toMatch(command.includes('/batches') ? /"message_batch"/ : /sky|blue/i);
  expect(code).toBe(0);
});

const words = commands.flatMap((command) => /^npm run waybill -- (.*)$/.exec(command)?.[1] ?? []);

test.each(words)(
  'npm run waybill -- %s',
  async (command) => {
    const places = ['--data-dir', join(folder, 'books'), '--http-port', http.split(':')[1] ?? ''];
    const { code, output } = await run(process.execPath, [fileURLToPath(launcher), ...command.split(' '), ...places]);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/\w/) });
  },
  110_000,
);

const others = commands.filter((command) => /^npm run (?!waybill\b|dev:)/.test(command));

test.each(others)(
  '%s',
  async (command) => {
    const { code, output } = await run('sh', ['-c', command], 280_000);
    expect({ code, output }).toMatchObject({ code: 0 });
  },
  300_000,
);

const hasServers = isProvisioned(natsServer) && isProvisioned(mongod);

(hasServers ? test : test.skip)(
  'npm run dev:distributed',
  async () => {
    expect(commands).toContain('npm run dev:distributed');
    const [httpPort, grpcPort] = await freePorts(2);
    const entry = new URL('./distributed/main.ts', import.meta.url);
    const six = await startChild({
      entry,
      arguments: [
        ...['--data-dir', join(folder, 'six')],
        ...['--http-port', `${httpPort}`, '--grpc-port', `${grpcPort}`],
      ],
      environment: { PATH: process.env.PATH ?? '', HOME: folder },
      ready: (printed) => (printed.includes('Stop with Ctrl-C.') ? printed : undefined),
      readyWithinMs: 120_000,
    });
    const [curl = ''] = commands.filter((command) => command.startsWith('curl'));
    const { output } = await run('sh', ['-c', curl.replaceAll('127.0.0.1:8080', `127.0.0.1:${httpPort}`)]);
    expect(output).toMatch(/sky|blue/i);
    const places = ['--config', join(folder, 'six', 'waybill.json'), '--http-port', `${httpPort}`];
    const audit = await run(process.execPath, [fileURLToPath(launcher), 'audit', ...places]);
    expect(audit).toMatchObject({ code: 0 });
    await six.stop(90_000);
    expect(await six.exited).toBe(0);
  },
  300_000,
);

test('no command of the README stays untried', () => {
  const known = /^(npm start|npm test|curl .*|grpcurl .*|npm run [\w:-]+( .*)?)$/;
  expect(commands.filter((command) => !known.test(command))).toEqual([]);
  expect(others.length).toBeGreaterThanOrEqual(3);
});

test('the OpenAI SDK', async () => {
  const example = join(repository, '.cache', `readme-${process.pid}.mjs`);
  await mkdir(join(repository, '.cache'), { recursive: true });
  await writeFile(example, placed(blocksOf('js')[0] ?? ''));
  const { code, output } = await run(process.execPath, [example]);
  await rm(example);
  expect(output).toMatch(/sky|blue/i);
  expect(code).toBe(0);
});

(isProvisioned(grpcurl) ? test : test.skip)('gRPC by reflection', async () => {
  const command = commands.find((each) => each.startsWith('grpcurl')) ?? '';
  const { code, output } = await run('sh', ['-c', placed(command).replace('grpcurl', grpcurl.program)]);
  expect(output).toMatch(/sky|blue/i);
  expect(code).toBe(0);
});

test('the configuration is good, once its variables are set', async () => {
  const file = join(folder, 'waybill.yaml');
  await writeFile(file, blocksOf('yaml')[0] ?? '');
  const environment = { OPENAI_API_KEY: 'not-a-real-key', TEAM_A_KEY: 'not-a-real-key-either' };
  expect(loadConfiguration({ file, environment, cwd: folder })).toMatchObject({ ok: true });
});
