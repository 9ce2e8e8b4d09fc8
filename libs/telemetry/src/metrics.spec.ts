import { expect, test } from '@jest/globals';
import { createMetrics } from './metrics.ts';

test('counters, gauges and histograms come out as text that Prometheus reads', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter('calls_total', 'Calls.', ['outcome']).inc({ outcome: 'completed' });
  metrics.gauge('open_calls', 'Open calls.').set(3);
  metrics.histogram('duration_seconds', 'Durations.', [], [0.1, 1]).observe(0.5);
  const text = await metrics.text();
  expect(text).toContain('calls_total{outcome="completed"} 1');
  expect(text).toContain('open_calls 3');
  expect(text).toContain('duration_seconds_bucket{le="1"} 1');
});

test('two registries do not meet', async () => {
  const one = createMetrics({ processMetrics: false });
  one.counter('calls_total', 'Calls.').inc();
  expect(await createMetrics({ processMetrics: false }).text()).not.toContain('calls_total');
});
