import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

test('a process whose service can no longer do its work lets go of everything and ends as a failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-run-'));
  const fixture = fileURLToPath(new URL('./failing.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[exitCode], printed, logged] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  expect(exitCode).toBe(1);
  expect(printed).toContain('closed');
  expect(logged).toContain('for the test');
  await rm(folder, { recursive: true, force: true });
}, 30_000);

test('Ctrl-C that is heard twice, from the terminal and from the launcher, still lets everything go', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-run-'));
  const fixture = fileURLToPath(new URL('./draining.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(child, 'exit');
  const printed = text(child.stdout);
  child.stdout.once('data', () => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 20);
  });
  const [exitCode] = await exit;
  expect(exitCode).toBe(0);
  expect(await printed).toContain('closed');
  expect((await readdir(folder)).filter((name) => name.endsWith('.pid'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
}, 30_000);
