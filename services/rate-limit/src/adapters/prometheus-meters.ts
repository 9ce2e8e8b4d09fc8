// What rate-limit counts, for Prometheus.
import type { Metrics } from '@waybill/telemetry';
import type { Meters } from '../ports.ts';

export function prometheusMeters(metrics: Metrics): Meters {
  const owned = metrics.gauge('waybill_limit_partitions_owned', 'Partitions of tenants that this replica has.');
  const taken = metrics.counter('waybill_limit_takeovers_total', 'Partitions that this replica took charge of.');
  const elsewhere = metrics.counter('waybill_limit_elsewhere_total', 'Calls that were sent to another replica.');
  return {
    owned: (partitions) => owned.set(partitions),
    tookOver: (partitions) => taken.inc(partitions),
    sentElsewhere: () => elsewhere.inc(),
  };
}
