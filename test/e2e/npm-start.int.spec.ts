// `npm start` as a script starts and stops it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { freePorts } from '../infra/free-ports.ts';

test('a SIGTERM to npm ends the gateway too, which lets go of its folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-npm-'));
  const [http, grpc] = await freePorts(2);
  const words = ['start', '--', '--data-dir', folder, '--http-port', String(http), '--grpc-port', String(grpc)];
  const npm = spawn('npm', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  npm.stdout.on('data', (piece) => (printed += String(piece)));
  await until(() => printed.includes('Stop with Ctrl-C.'));
  const pidFile = join(folder, 'gateway.pid');
  expect(existsSync(pidFile)).toBe(true);
  npm.kill('SIGTERM');
  if (npm.exitCode === null && npm.signalCode === null) await once(npm, 'exit');
  await until(() => !existsSync(pidFile));
  await sleep(200);
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}, 90_000);

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries += 1) await sleep(100);
  expect(condition()).toBe(true);
}
