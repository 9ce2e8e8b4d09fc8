// The stores that one process works on, whichever they are.
import type { EventLog } from '@waybill/event-log';
import type { Leases } from '@waybill/leases';
import type { MongoConnection } from '@waybill/mongodb';
import type { ProjectionStore } from '@waybill/projections';

export interface Stores {
  readonly eventLog: EventLog;
  readonly leases: Leases;
  /** What the replicas of a service share besides; undefined when this process is alone. */
  readonly mongodb: MongoConnection | undefined;
  /** What this process's producers of a service write under. */
  producerIdOf(service: string): string;
  /** The read models of one service. */
  readModelsOf(service: string): ProjectionStore;
  /** Keeps the record behind the log until the signal aborts; where the log is the record there is nothing to do. */
  keepRecord(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
