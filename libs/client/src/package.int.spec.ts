// The package as it is published: packed, installed beside nothing of ours, run and type-checked.
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CallSummary, GenerateStreamResponse, GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { type GrpcServer, offer, startGrpcServer } from '@waybill/rpc';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
let project: string;
let installed: string;
let gateway: GrpcServer;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'waybill-client-'));
  installed = join(project, 'node_modules/@waybill/client');
  await run(process.execPath, [join(here, '../pack.ts'), installed]);
  const { dependencies } = manifest();
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(project, 'package.json'), '{"type": "module"}');
  cpSync(join(installed, 'examples/ask.ts'), join(project, 'ask.ts'));
  gateway = await startGrpcServer({ host: '127.0.0.1', port: 0, offers: [generation()], onError: () => undefined });
});

afterAll(async () => {
  await gateway.stop();
  rmSync(project, { recursive: true });
});

function manifest(): Record<'exports' | 'dependencies', Record<string, unknown>> & { readonly private?: boolean } {
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
}

const nobodyAsks = () => Promise.reject(new FaultError(fault('internal', 'nobody asks for whole answers here')));

/** A gateway that knows one answer and one key. */
function generation() {
  return offer(GenerationServiceDefinition, {
    generate: nobodyAsks,
    complete: nobodyAsks,
    embed: nobodyAsks,
    estimateCost: nobodyAsks,
    async *generateStream({ call }, { metadata }) {
      if (metadata.authorization !== 'Bearer wb-key') throw new FaultError(fault('unauthenticated', 'no such key'));
      const text = `${call?.model}: Rayleigh scattering`;
      const part = { part: { $case: 'text' as const, value: { text } } };
      yield GenerateStreamResponse.fromPartial({ update: { $case: 'part', value: part } });
      const summary = CallSummary.fromPartial({ callId: 'call_1', costPicoUsd: 7n });
      yield GenerateStreamResponse.fromPartial({ update: { $case: 'summary', value: summary } });
    },
  });
}

test('it needs nothing of the workspace', () => {
  const { exports, dependencies } = manifest();
  expect(manifest().private).toBeUndefined();
  expect(Object.keys(dependencies)).toEqual([
    '@bufbuild/protobuf',
    '@grpc/grpc-js',
    '@grpc/reflection',
    'grpc-health-check',
  ]);
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const entry = exports['.'] as Record<string, string>;
  for (const path of Object.values(entry))
    expect(readFileSync(join(installed, path), 'utf8')).toContain('createWaybillClient');
  const files = globSync('**/*.{js,d.ts}', { cwd: installed });
  expect(files.length).toBeGreaterThan(100);
  const inward = files.filter((file) => /['"]@waybill\//.test(readFileSync(join(installed, file), 'utf8')));
  expect(inward).toEqual([]);
});

test('the example asks and prints the answer', async () => {
  writeFileSync(join(project, 'key.txt'), 'wb-key\n');
  const words = ['ask.ts', gateway.address, 'key.txt', 'smart', 'Why is the sky blue?'];
  const { stdout } = await run(process.execPath, words, { cwd: project });
  expect(stdout).toBe('smart: Rayleigh scattering\ncall_1 cost 7 pico-USD\n');
  writeFileSync(join(project, 'key.txt'), 'wrong\n');
  const refused = await run(process.execPath, words, { cwd: project }).catch((error: { stderr: string }) => error);
  expect(refused.stderr).toContain('unauthenticated: no such key');
});

test('its types let the example through, and stop what is wrong', async () => {
  const wrong =
    "import { createWaybillClient } from '@waybill/client';\ncreateWaybillClient({ adress: 'localhost:1' });\n";
  writeFileSync(join(project, 'wrong.ts'), wrong);
  expect(await check('ask.ts')).toBe('');
  expect(await check('wrong.ts')).toContain('adress');
});

/** What the compiler complains of. */
async function check(file: string): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const words = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', file];
  return run(process.execPath, [compiler, ...words], { cwd: project }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}
