// A runner is killed without warning, again and again; documents and checkpoint always belong together.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSqliteProjectionStore } from './sqlite/store.ts';
import { dump } from './testing/dump.ts';
import { foldedTo } from './testing/folded.ts';
import { tallyProjection } from './testing/tally.ts';

const kills = Number(process.env.WAYBILL_SOAK_KILLS ?? 8);
const child = fileURLToPath(new URL('./testing/crash-child.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-projection-crash-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the child for a while and kills it wherever it is. */
async function runAndKill(file: string): Promise<void> {
  const running = spawn(process.execPath, [child, file], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
  await once(running.stdout, 'data');
  await sleep(Math.random() * 60);
  running.kill('SIGKILL');
  const [, signal] = await once(running, 'exit');
  expect(signal).toBe('SIGKILL');
}

async function stored(file: string): Promise<{ text: string; checkpoint: bigint }> {
  const store = await openSqliteProjectionStore({ file, durability: 'process' });
  const partition = await store.open(tallyProjection);
  const [text, checkpoint] = [await dump(partition, tallyProjection), await partition.checkpoint()];
  await store.close();
  return { text, checkpoint };
}

test(`${kills} kills lose nothing and fold nothing in twice`, async () => {
  const file = join(folder, 'projections.sqlite');
  let before = 0n;
  for (let kill = 0; kill < kills; kill += 1) {
    await runAndKill(file);
    const { text, checkpoint } = await stored(file);
    expect(checkpoint).toBeGreaterThanOrEqual(before);
    expect(text).toBe(await foldedTo(checkpoint));
    before = checkpoint;
  }
  expect(before).toBeGreaterThan(0n);
}, 60_000);
