// The one place where stores are chosen.
import type { Configuration } from '@waybill/config';
import type { Clock } from '@waybill/kernel';
import type { Metrics } from '@waybill/telemetry';
import { showArchive } from './archive-shown.ts';
import { openDistributedStores } from './distributed.ts';
import { makeDataDirectory, openEmbeddedStores } from './embedded.ts';
import type { Stores } from './ports.ts';

export interface OpenStoresOptions {
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** Names this process where stores tell who is connected. */
  readonly processName: string;
  /** Names of the services of this process. */
  readonly services: readonly string[];
  readonly metrics: Metrics;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** Opens what the configuration names. Throws a FaultError that names the place and the fix. */
export async function openStores(options: OpenStoresOptions): Promise<Stores> {
  const { configuration } = options;
  await makeDataDirectory(configuration.storage.dataDirectory);
  const { distributed } = configuration.storage;
  const shown = showArchive(options.metrics);
  return distributed ? openDistributedStores(distributed, { ...options, shown }) : openEmbeddedStores(options);
}
