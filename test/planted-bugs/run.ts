// Plants the bugs, or those named: `node services/standalone/bin/run.mjs test/planted-bugs/run.ts [name ...]`.
import { closeWithTally, failed, passed, sum } from '../infra/tally.ts';
import { readPlantedBugs, runPlantedBugs } from './planted-bugs.ts';

const run = closeWithTally();
const outcomes = await runPlantedBugs(readPlantedBugs(process.argv.slice(2)));
for (const { name, reasonMissed } of outcomes) {
  console.log(reasonMissed === undefined ? `caught  ${name}` : `MISSED  ${name}: ${reasonMissed}`);
}
run.close(sum(outcomes.map(({ reasonMissed }) => (reasonMissed === undefined ? passed : failed))));
