// The one place where stores are chosen.
import type { Configuration } from '@waybill/config';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import { makeDataDirectory, openEmbeddedStores } from './embedded.ts';
import type { Stores } from './ports.ts';

export interface OpenStoresOptions {
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** Names this process where stores tell who is connected. */
  readonly processName: string;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** Opens what the configuration names. Throws a FaultError that names the place and the fix. */
export async function openStores({ configuration, clock }: OpenStoresOptions): Promise<Stores> {
  await makeDataDirectory(configuration.storage.dataDirectory);
  if (configuration.storage.distributed === undefined) return openEmbeddedStores(configuration, clock);
  throw new FaultError(fault('invalid', 'NATS and MongoDB are not available yet; use the embedded stores'));
}
