// What the gateway counts, for Prometheus.
import { picoUsdPerUsd } from '@waybill/kernel';
import type { Metrics } from '@waybill/telemetry';
import type { Meters } from '../ports.ts';

const overheadBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];
const callBuckets = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

export function prometheusMeters(metrics: Metrics): Meters {
  const calls = callMeters(metrics);
  const attempts = attemptMeters(metrics);
  const lost = metrics.counter('waybill_not_heard_total', 'Things a neighbour did not hear of.', ['neighbour']);
  return { ...calls, ...attempts, notHeard: (neighbour) => lost.inc({ neighbour }) };
}

function callMeters(metrics: Metrics): Pick<Meters, 'callOver' | 'callRefused'> {
  const calls = metrics.counter('waybill_calls_total', 'Calls by how they ended.', ['outcome']);
  const refused = metrics.counter('waybill_calls_refused_total', 'Calls that never went out, by why.', ['reason']);
  const overhead = metrics.histogram(
    'waybill_overhead_seconds',
    "Time a call spent in Waybill, without the provider's and the caller's.",
    [],
    overheadBuckets,
  );
  const duration = metrics.histogram('waybill_call_seconds', 'Time from request to answer.', ['outcome'], callBuckets);
  return {
    callOver(outcome, { ownMicros, elapsedMs }) {
      calls.inc({ outcome });
      overhead.observe(ownMicros() / 1_000_000);
      duration.observe({ outcome }, elapsedMs() / 1_000);
    },
    callRefused: (reason) => refused.inc({ reason }),
  };
}

/** Money here is rounded and for watching: the ledger has it exact. */
function attemptMeters(metrics: Metrics): Pick<Meters, 'attemptOver'> {
  const target = ['provider', 'model'];
  const attempts = metrics.counter('waybill_attempts_total', 'Attempts at providers.', [...target, 'outcome']);
  const booked = metrics.counter('waybill_booked_usd_total', 'Booked, USD.', target);
  const uncertain = metrics.counter('waybill_uncertain_usd_total', 'Held beside what is booked, USD.', target);
  const overruns = metrics.counter('waybill_hold_overruns_total', 'Attempts that cost more than their hold.', target);
  const overrun = metrics.counter('waybill_hold_overrun_usd_total', 'Booked above holds, USD.', target);
  return {
    attemptOver({ outcome, ...labels }, { rating, uncertainPicoUsd, overrunPicoUsd }) {
      attempts.inc({ ...labels, outcome });
      booked.inc(labels, usd(rating?.amountPicoUsd ?? 0n));
      uncertain.inc(labels, usd(uncertainPicoUsd));
      if (overrunPicoUsd === 0n) return;
      overruns.inc(labels);
      overrun.inc(labels, usd(overrunPicoUsd));
    },
  };
}

function usd(picoUsd: bigint): number {
  return Number(picoUsd) / Number(picoUsdPerUsd);
}
