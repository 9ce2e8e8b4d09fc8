// Runs jest in its own process and counts what it reports: one test file that cannot even be loaded counts as one failure.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { repositoryRoot } from './command.ts';
import type { Tally } from './tally.ts';

/** The part of jest's JSON report that is read here. */
interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; assertionResults: { status: string; fullName: string }[]; message: string }[];
}

export interface JestOutcome {
  tally: Tally;
  /** `<file>: <test>` of each test that failed, `<file>` of each that could not be loaded. */
  failures: string[];
  /** Files that could not be loaded, or that jest gave up on. */
  brokenFiles: number;
}

export interface JestOptions {
  /** The tree whose tests run; by default this one. */
  root?: string;
  /** Silent runs show nothing; their outcome is all that counts. */
  output?: 'shown' | 'silent';
  /** After this jest is killed and counts as one failure. */
  timeoutMs?: number;
}

export async function runJest(args: readonly string[], options: JestOptions = {}): Promise<JestOutcome> {
  const root = options.root ?? repositoryRoot;
  const folder = mkdtempSync(join(tmpdir(), 'waybill-jest-'));
  const reportFile = join(folder, 'report.json');
  const fixed = ['--config', 'test/jest.config.mjs', '--passWithNoTests', '--json', '--outputFile', reportFile];
  const jest = spawn(process.execPath, [join(repositoryRoot, 'node_modules/jest/bin/jest.js'), ...fixed, ...args], {
    cwd: root,
    // Jest writes its report to standard output too.
    stdio: ['ignore', 'ignore', options.output === 'silent' ? 'ignore' : 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
    timeout: options.timeoutMs ?? 30 * 60_000,
    killSignal: 'SIGKILL',
  });
  const signal = await new Promise((resolve) => jest.on('exit', (_code, killedBy) => resolve(killedBy)));
  try {
    const report: JestReport | undefined = existsSync(reportFile)
      ? JSON.parse(readFileSync(reportFile, 'utf8'))
      : undefined;
    return report === undefined ? gaveUp(signal) : outcomeOf(report, root);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function gaveUp(signal: unknown): JestOutcome {
  const failure = `jest ended without a report${signal === null ? '' : ` (${signal})`}`;
  return { tally: { passed: 0, failed: 1, skipped: 0 }, failures: [failure], brokenFiles: 1 };
}

function outcomeOf(report: JestReport, root: string): JestOutcome {
  const failures = report.testResults.flatMap((file) => {
    const path = relative(root, file.name).replaceAll('\\', '/');
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    if (tests.length === 0 && file.message !== '' && file.assertionResults.length === 0) return [path];
    return tests.map(({ fullName }) => `${path}: ${fullName}`);
  });
  return {
    tally: {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    failures,
    brokenFiles: report.numRuntimeErrorTestSuites,
  };
}

/**
 * Runs the tests below `paths` (all, if there are none): first the pure ones, two files at a time, then those with
 * real stores and servers, one after the other so that they do not fight for the machine.
 */
export async function runJestPhases(paths: readonly string[]): Promise<JestOutcome[]> {
  const selection = paths.map((path) => join(repositoryRoot, path)).filter(existsSync);
  if (selection.length < paths.length) throw new Error(`no such file or folder among ${paths.join(', ')}`);
  const ignored = ['/node_modules/', '/dist/', '\\.int\\.spec\\.ts$'].flatMap((path) => [
    '--testPathIgnorePatterns',
    path,
  ]);
  const pure = await runJest(['--maxWorkers=2', ...ignored, '--', ...selection]);
  const integrated = await runJest(['--runInBand', '--testMatch', '**/*.int.spec.ts', '--', ...selection]);
  return [pure, integrated];
}
