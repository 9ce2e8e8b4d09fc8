// Plants each bug in a scratch copy and expects its tests to turn red: a test that cannot fail proves nothing.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../infra/command.ts';
import { runJest } from '../infra/jest-run.ts';
import { type PlantedBug, parsePlantedBug } from './patch.ts';
import { makeScratchCopy } from './scratch-copy.ts';

export interface BugOutcome {
  name: string;
  /** Undefined if its tests turned red. */
  reasonMissed: string | undefined;
  durationMs: number;
}

/** The bugs of this folder whose names contain one of `names`, or all. */
export function readPlantedBugs(names: readonly string[] = []): PlantedBug[] {
  return globSync('*.patch', { cwd: import.meta.dirname })
    .sort()
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .map((file) => parsePlantedBug(basename(file, '.patch'), readFileSync(join(import.meta.dirname, file), 'utf8')));
}

export async function runPlantedBugs(bugs: readonly PlantedBug[] = readPlantedBugs()): Promise<BugOutcome[]> {
  const copy = makeScratchCopy();
  const outcomes: BugOutcome[] = [];
  try {
    for (const bug of bugs) {
      const since = Date.now();
      const reasonMissed = await plant(bug, copy.root);
      outcomes.push({ name: bug.name, reasonMissed, durationMs: Date.now() - since });
    }
  } finally {
    copy.remove();
  }
  return outcomes;
}

/** Answers why the bug was missed, undefined if it was not; the copy is sound again afterwards. */
async function plant(bug: PlantedBug, root: string): Promise<string | undefined> {
  const patchFile = join(root, '.planted.patch');
  writeFileSync(patchFile, bug.diff);
  const planting = run('git', ['apply', patchFile], { cwd: root });
  if (!planting.succeeded) return `it no longer applies: ${planting.output}`;
  try {
    // A test that fails may leave open what it would have closed, which keeps jest waiting.
    const options = ['--runInBand', '--forceExit', '--runTestsByPath', ...bug.turnsRed];
    const { failures, brokenFiles } = await runJest(options, { root, output: 'silent', timeoutMs: 180_000 });
    if (brokenFiles > 0) return `with it a test file cannot be loaded, which proves nothing: ${failures.join('; ')}`;
    const green = bug.turnsRed.filter((spec) => !failures.some((failure) => failure.startsWith(`${spec}: `)));
    return green.length === 0 ? undefined : `no test notices it in ${green.join(', ')}`;
  } finally {
    run('git', ['apply', '--reverse', patchFile], { cwd: root });
  }
}
