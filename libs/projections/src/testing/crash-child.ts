// A process to be killed: folds an endless made-up log into the SQLite file it is given, in small batches.
import { runProjection } from '../runner.ts';
import { openSqliteProjectionStore } from '../sqlite/store.ts';
import { endlessLog as reader } from './endless-log.ts';
import { tallyProjection } from './tally.ts';

const store = await openSqliteProjectionStore({ file: process.argv[2]!, durability: 'process' });
const run = await runProjection({ projection: tallyProjection, reader, store, batchSize: 40 });
process.stdout.write('running\n');
await run.done;
