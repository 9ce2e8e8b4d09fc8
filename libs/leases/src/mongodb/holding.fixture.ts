// A process that holds a lease and says when it finds that it no longer does: at every look, not by a timer's word.
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '@waybill/kernel';
import { connectMongo } from '@waybill/mongodb';
import { openMongoLeases } from './mongo-leases.ts';

const uri = new Secret(process.argv[2] ?? '');
const connection = await connectMongo({ uri, databasePrefix: 'shared', appName: 'fixture', timeoutMs: 2_000 });
const lease = await openMongoLeases({ connection, holder: 'fixture' }).tryAcquire('paused', { ttlMs: 1_000 });
process.stdout.write(lease?.isHeld() ? 'held\n' : 'not held\n');
while (lease?.isHeld()) await sleep(10);
process.stdout.write('lost\n');
await connection.close();
