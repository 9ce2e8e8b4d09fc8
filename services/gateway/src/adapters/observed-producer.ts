// A producer whose commits are timed and traced.
import type { EventProducer } from '@waybill/event-log';
import { type Clock, faultOf } from '@waybill/kernel';
import { type Metrics, type Spans, waybill } from '@waybill/telemetry';

const commitBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

export interface ObservedProducerOptions {
  readonly metrics: Metrics;
  readonly spans: Spans;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export function observedProducer(
  producer: Pick<EventProducer, 'append'>,
  { metrics, spans, clock }: ObservedProducerOptions,
): Pick<EventProducer, 'append'> {
  const commits = metrics.histogram(
    'waybill_commit_seconds',
    'Time until events of a call are durable.',
    ['outcome'],
    commitBuckets,
  );
  return {
    async append(drafts, options) {
      const span = spans.open('commit', { attributes: { [waybill.events]: drafts.length } });
      const startedAtMs = clock.monotonicMs();
      const over = (outcome: string) => commits.observe({ outcome }, (clock.monotonicMs() - startedAtMs) / 1_000);
      try {
        const appended = await span.run(() => producer.append(drafts, options));
        over('durable');
        span.ended();
        return appended;
      } catch (thrown) {
        over('failed');
        span.ended(faultOf(thrown));
        throw thrown;
      }
    },
  };
}
