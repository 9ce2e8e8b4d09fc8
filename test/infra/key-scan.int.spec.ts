// No key is in the working tree, and the hook keeps one out of a commit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cacheDirectory, repositoryRoot, run } from './command.ts';
import { gitleaks, isProvisioned } from './provision.ts';

const configuration = join(repositoryRoot, '.gitleaks.toml');
const common = ['--config', configuration, '--redact', '--no-banner', '--no-color', '--verbose'];

/** Made here, so that they stand nowhere in a file of the repository. */
const letters = (count: number) =>
  Array.from({ length: count }, (_, index) => (index * 7 + 11) % 36)
    .map((digit) => digit.toString(36))
    .join('');
const planted = {
  OpenAI: `sk-${letters(20)}T3BlbkFJ${letters(20)}`,
  AWS: `AKIA${letters(40)
    .toUpperCase()
    .replaceAll(/[^A-Z2-7]/g, '')
    .slice(0, 16)}`,
  GitHub: `ghp_${letters(36)}`,
  Waybill: `wb_${'0f'.repeat(36)}`,
  'Waybill, where no test is': `wb_${'0123456789ab'.repeat(6)}`,
};

(isProvisioned(gitleaks) ? describe : describe.skip)('the scan for keys', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-key-scan-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('finds none in the working tree', () => {
    const { succeeded, output } = run(gitleaks.program, ['dir', ...common, '.'], { timeoutMs: 120_000 });
    expect(succeeded ? '' : output).toBe('');
  }, 130_000);

  test.each(Object.entries(planted))('finds a key of %s that was put there', (name, key) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, `const apiKey = '${key}';\n`);
    const { succeeded, output } = run(gitleaks.program, ['dir', ...common, file]);
    expect(succeeded).toBe(false);
    expect(output).toContain('leaks found');
    expect(output).not.toContain(key);
  });

  test('lets nobody commit a key by the hook', () => {
    const repository = mkdtempSync(join(folder, 'repository-'));
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: repository });
    git('init', '--quiet');
    run('ln', ['-s', cacheDirectory, join(repository, '.cache')]);
    run('ln', ['-s', configuration, join(repository, '.gitleaks.toml')]);
    git('config', 'core.hooksPath', join(dirname(import.meta.filename), 'hooks'));
    writeFileSync(join(repository, 'good.ts'), 'export const one = 1;\n');
    git('add', 'good.ts');
    expect(git('commit', '--message', 'Good').succeeded).toBe(true);
    writeFileSync(join(repository, 'bad.ts'), `const token = '${planted.GitHub}';\n`);
    git('add', 'bad.ts');
    const { succeeded, output } = git('commit', '--message', 'Bad');
    expect(succeeded).toBe(false);
    expect(output).not.toContain(planted.GitHub);
    expect(git('log', '--oneline').output.trim().split('\n')).toHaveLength(1);
  });
});
