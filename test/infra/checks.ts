// The checks of the source that run no test: types, style, the contract and the code generated from it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, repositoryRoot, run, runPackageCommand } from './command.ts';

export interface Check {
  name: string;
  check(): CommandResult;
}

const buf = (...args: string[]) =>
  runPackageCommand('@bufbuild/buf/bin/buf', args, { cwd: join(repositoryRoot, 'proto') });

export const checks: readonly Check[] = [
  { name: 'types (nx, tsc)', check: checkTypes },
  {
    name: 'format and lint (biome)',
    check: () => runPackageCommand('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  },
  { name: 'contract: lint (buf)', check: () => buf('lint') },
  { name: 'contract: format (buf)', check: () => buf('format', '--exit-code', '--diff') },
  { name: 'contract: nothing broken since main (buf)', check: checkBreaking },
  { name: 'generated code is what the contract says', check: checkGeneratedCode },
];

function checkTypes(): CommandResult {
  return runPackageCommand('nx/dist/bin/nx.js', ['run-many', '-t', 'typecheck', '--outputStyle=static'], {
    environment: { NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1', FORCE_COLOR: '0' },
  });
}

/** Compares with the main branch that was fetched, or else the local one; without either there is nothing to break. */
function checkBreaking(): CommandResult {
  const main = ['origin/main', 'main'].find(
    (branch) => run('git', ['cat-file', '-e', `${branch}:proto/buf.yaml`]).succeeded,
  );
  if (main === undefined)
    return { succeeded: true, output: 'there is no main branch with a contract to compare with\n' };
  const commit = run('git', ['rev-parse', main]).output.trim();
  return buf('breaking', '--against', `../.git#ref=${commit},subdir=proto`);
}

function checkGeneratedCode(): CommandResult {
  const directory = mkdtempSync(join(tmpdir(), 'waybill-contracts-'));
  try {
    const generation = run(process.execPath, ['libs/contracts/generate.mjs', directory]);
    if (!generation.succeeded) return generation;
    const comparison = run('git', ['diff', '--no-index', '--stat', 'libs/contracts/src', directory]);
    return comparison.succeeded
      ? comparison
      : { succeeded: false, output: `${comparison.output}run "npm run generate" and commit what it writes\n` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
