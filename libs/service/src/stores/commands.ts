// The distributed stores as a command uses them, beside running processes.
import type { Configuration, NatsConfiguration } from '@waybill/config';
import { FaultError, fault } from '@waybill/kernel';
import { type Leases, openMongoLeases } from '@waybill/leases';
import type { MongoConnection } from '@waybill/mongodb';
import { connectStorage } from './distributed.ts';

export interface DistributedStores {
  readonly nats: NatsConfiguration;
  readonly mongodb: MongoConnection;
  readonly leases: Leases;
}

/** Throws a FaultError `invalid` when the configuration names no such stores. */
export async function withDistributedStores<Value>(
  { storage, network }: Configuration,
  work: (stores: DistributedStores) => Promise<Value>,
): Promise<Value> {
  const { distributed } = storage;
  if (distributed === undefined) {
    throw new FaultError(fault('invalid', 'this is about NATS and MongoDB, and the configuration names neither'));
  }
  const mongodb = await connectStorage(distributed, 'command');
  const leases = openMongoLeases({ connection: mongodb, holder: `command on ${network.instance}` });
  try {
    return await work({ nats: distributed.nats, mongodb, leases });
  } finally {
    await leases.close();
    await mongodb.close();
  }
}
