// Runs the tests below the given folders: `node services/standalone/bin/run.mjs test/infra/jest.ts libs/rating`.
import { runJestPhases } from './jest-run.ts';
import { provision, tools } from './provision.ts';
import { closeWithTally, sum } from './tally.ts';

const run = closeWithTally();
for (const tool of tools) {
  if (!provision(tool).succeeded) console.error(`without ${tool.name}, its tests are skipped: ${tool.howToGet}`);
}
const outcomes = await runJestPhases(process.argv.slice(2));
run.close(sum(outcomes.map(({ tally }) => tally)));
