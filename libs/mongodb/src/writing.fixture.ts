// A process that raises a counter from where it was, and stays inside the transaction until it is told to go on.
import { once } from 'node:events';
import { Secret } from '@waybill/kernel';
import { connectMongo } from './connection.ts';
import { mongoWriter } from './writer.ts';

const uri = new Secret(process.argv[2] ?? '');
const connection = await connectMongo({ uri, databasePrefix: 'test', appName: 'fixture', timeoutMs: 5_000 });
const counters = connection.database('writing').collection<{ _id: string; count: number }>('counters');
const writer = mongoWriter({ connection, database: 'writing', name: 'counter' });
let runs = 0;
const isRaised = await writer.inTransaction(async (session) => {
  runs += 1;
  const raised = await counters.updateOne({ _id: 'counter', count: 0 }, { $set: { count: 1 } }, { session });
  if (runs === 1) process.stdout.write('inside\n');
  if (runs === 1) await once(process.stdin, 'data');
  return raised.matchedCount === 1;
});
process.stdout.write(isRaised ? 'raised\n' : 'too late\n');
process.exit();
