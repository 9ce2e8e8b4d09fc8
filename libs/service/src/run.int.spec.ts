import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
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
