// What the command line says of itself, as a person finds it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const program = join(process.cwd(), 'services/standalone/bin/waybill.mjs');

async function waybill(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [program, ...words]).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
}

test('every command has a description', async () => {
  const { stdout } = await waybill('--help');
  const [, listed = ''] = stdout.split('Commands:\n');
  const lines = listed.split('\n').filter((line) => /^ {2}\S/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) expect(line).toMatch(/^ {2}\S.* {2,}\S/);
}, 60_000);

test.each([
  [['sped'], 'spend'],
  [['budgts', 'list'], 'budgets'],
  [['budgets', 'lst'], 'list'],
])(
  'a slip of the pen is told what was near: %j',
  async (words, near) => {
    const { stderr } = await waybill(...words);
    expect(stderr).toContain(`Did you mean ${near}?`);
  },
  60_000,
);
