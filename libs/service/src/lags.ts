// How far the read models of this process are behind the log.
import type { KeptProjection } from '@waybill/projections';
import type { Metrics, Reading } from '@waybill/telemetry';

export interface Lags {
  /** Shows this projection among the others. */
  watch(projection: string, run: Pick<KeptProjection, 'lag'>): void;
}

export function watchLags(metrics: Metrics): Lags {
  const runs = new Map<string, Pick<KeptProjection, 'lag'>>();
  const read = ([projection, run]: [string, Pick<KeptProjection, 'lag'>]): Promise<Reading[]> =>
    run.lag().then(
      (value) => [{ labels: { projection }, value }],
      () => [],
    );
  metrics.watch('waybill_projection_lag_events', 'Events that are not folded in yet; counted up to 1,000.', {
    labels: ['projection'],
    read: async () => (await Promise.all([...runs].map(read))).flat(),
  });
  return { watch: (projection, run) => void runs.set(projection, run) };
}
