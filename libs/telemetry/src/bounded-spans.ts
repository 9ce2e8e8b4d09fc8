// Spans on their way out: in batches, never more than a bounded number of them, and what is lost is counted.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** About 8 MB; at a thousand traced calls a second, half a second of a collector that does not answer. */
const waitingMax = 8_192;
const batchSize = 512;
const batchDelayMs = 1_000;
/** For a batch with all its tries, milliseconds. */
const batchTimeoutMs = 10_000;

export interface BoundedSpansOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Spans that wait at most; 8,192 when absent. */
  readonly waitingMax?: number;
}

/** A processor that drops spans where the exporter does not keep up. */
export function boundedSpans(exporter: SpanExporter, options: BoundedSpansOptions): SpanProcessor {
  const { metrics, log } = options;
  const most = options.waitingMax ?? waitingMax;
  const sent = metrics.counter('waybill_spans_sent_total', 'Spans that the collector has taken.');
  const lost = metrics.counter('waybill_spans_lost_total', 'Spans that were never collected.', ['reason']);
  let waiting = 0;
  let isReachable = true;

  function settle(count: number, isTaken: boolean): void {
    waiting -= count;
    if (isTaken) sent.inc(count);
    else lost.inc({ reason: 'not_taken' }, count);
    if (isTaken === isReachable) return;
    isReachable = isTaken;
    if (isTaken) log.info('the collector takes spans again');
    else log.warn('the collector does not take spans; calls go on without being traced');
  }

  const batches = new BatchSpanProcessor({
    exporter: counting(exporter, settle),
    maxQueueSize: most + batchSize,
    maxExportBatchSize: Math.min(batchSize, most),
    scheduledDelayMillis: batchDelayMs,
    exportTimeoutMillis: batchTimeoutMs,
  });
  return {
    onStart: () => undefined,
    onEnd(span) {
      if ((span.spanContext().traceFlags & 1) === 0) return;
      if (waiting >= most) {
        lost.inc({ reason: 'queue_full' });
        return;
      }
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

function counting(exporter: SpanExporter, settle: (count: number, isTaken: boolean) => void): SpanExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exporter.export(spans, (result) => {
        settle(spans.length, result.code === ExportResultCode.SUCCESS);
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
