// A process to be killed: folds an endless made-up log into the MongoDB it is given, in small batches.
import { Secret } from '@waybill/kernel';
import { connectMongo } from '@waybill/mongodb';
import { runProjection } from '../runner.ts';
import { endlessLog as reader } from '../testing/endless-log.ts';
import { tallyProjection } from '../testing/tally.ts';
import { openMongoProjectionStore } from './store.ts';

const [uri = '', databasePrefix = ''] = process.argv.slice(2);
const connection = await connectMongo({ uri: new Secret(uri), databasePrefix, appName: 'folding', timeoutMs: 2_000 });
const store = await openMongoProjectionStore({ connection, database: 'tally' });
const run = await runProjection({ projection: tallyProjection, reader, store, batchSize: 40 });
process.stdout.write('running\n');
await run.done;
