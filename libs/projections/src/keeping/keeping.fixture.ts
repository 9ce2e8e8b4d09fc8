// A process that keeps a read model of an endless made-up log in MongoDB while it is in charge, in small batches.
import { Secret } from '@waybill/kernel';
import { openMongoLeases } from '@waybill/leases';
import { connectMongo } from '@waybill/mongodb';
import { openMongoProjectionStore } from '../mongodb/store.ts';
import { endlessLog as reader } from '../testing/endless-log.ts';
import { tallyProjection as projection } from '../testing/tally.ts';
import { keepProjection } from './keep-projection.ts';

const [uri = '', databasePrefix = ''] = process.argv.slice(2);
const connection = await connectMongo({ uri: new Secret(uri), databasePrefix, appName: 'keeping', timeoutMs: 2_000 });
const store = await openMongoProjectionStore({ connection, database: 'tally' });
await store.open(projection);
await store.makeCurrent(projection.name, projection.version, undefined);
const leases = openMongoLeases({ connection, holder: 'fixture' });
const { signal } = new AbortController();
const onAlarm = (alarm: string) => process.stdout.write(`${alarm}\n`);
await keepProjection({ projection, reader, store, leases, signal, batchSize: 40, ttlMs: 1_500, onAlarm });
process.stdout.write('kept\n');
