// What the gateway counts, for Prometheus.
import type { Metrics } from '@waybill/telemetry';
import type { Meters } from '../ports.ts';

const overheadBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

export function prometheusMeters(metrics: Metrics): Meters {
  const calls = metrics.counter('waybill_calls_total', 'Calls by how they ended.', ['outcome']);
  const overhead = metrics.histogram(
    'waybill_overhead_seconds',
    "Time a call spent in Waybill, without the provider's and the caller's.",
    [],
    overheadBuckets,
  );
  const lost = metrics.counter('waybill_not_heard_total', 'Things a neighbour did not hear of.', ['neighbour']);
  return {
    callOver(outcome, overheadMicros) {
      calls.inc({ outcome });
      overhead.observe(overheadMicros / 1_000_000);
    },
    notHeard: (neighbour) => lost.inc({ neighbour }),
  };
}
