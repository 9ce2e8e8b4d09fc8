// Everything `npm test` runs, in order: checks of the source, the servers that tests need, the tests, the planted bugs.

import { checks } from './infra/checks.ts';
import { runJestPhases } from './infra/jest-run.ts';
import { provision, type Tool, tools } from './infra/provision.ts';
import { closeWithTally, failed, passed, skipped, sum, type Tally } from './infra/tally.ts';
import { runPlantedBugs } from './planted-bugs/planted-bugs.ts';

const run = closeWithTally();
const isContinuousIntegration = process.env.CI === 'true';
const started = Date.now();

const failures: string[] = [];
const remarks: string[] = [];

/** Prints what a step came to; a failure is named again at the end. */
function report(name: string, reasonFailed: string | undefined, durationMs: number): Tally {
  const isPassed = reasonFailed === undefined;
  console.log(`${isPassed ? 'ok    ' : 'FAILED'} ${name} (${(durationMs / 1000).toFixed(1)} s)`);
  if (isPassed) return passed;
  console.log(reasonFailed.trimEnd());
  failures.push(name);
  return failed;
}

function runCheck({ name, check }: (typeof checks)[number]): Tally {
  const since = Date.now();
  const { succeeded, output } = check();
  return report(name, succeeded ? undefined : output, Date.now() - since);
}

/** What cannot be provisioned is skipped on somebody's own machine; continuous integration has to have it. */
function provisionTool(tool: Tool): Tally {
  const since = Date.now();
  const { succeeded, output } = provision(tool);
  if (!succeeded) remarks.push(`no ${tool.name}, which is to be at ${tool.program}: ${tool.howToGet}`);
  if (!succeeded && !isContinuousIntegration) return skipped;
  return report(`provision ${tool.name}`, succeeded ? undefined : output, Date.now() - since);
}

async function runTests(): Promise<Tally> {
  const outcomes = await runJestPhases([]);
  failures.push(...outcomes.flatMap((outcome) => outcome.failures));
  return sum(outcomes.map(({ tally }) => tally));
}

async function runBugs(): Promise<Tally> {
  const outcomes = await runPlantedBugs();
  return sum(
    outcomes.map(({ name, reasonMissed, durationMs }) => report(`planted bug ${name}`, reasonMissed, durationMs)),
  );
}

const tally = sum([...checks.map(runCheck), ...tools.map(provisionTool), await runTests(), await runBugs()]);

console.log(`\n${Math.round((Date.now() - started) / 1000)} s`);
for (const remark of remarks) console.log(`skipped: tests without their server; ${remark}`);
for (const failure of failures) console.log(`failed: ${failure}`);
run.close(tally);
