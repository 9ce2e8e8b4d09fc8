// The metrics that /metrics shows, as OpenTelemetry's exporter takes them: one definition of each, sent both ways.

import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { genAi, genAiMetrics, general } from './conventions.ts';
import type { MetricSnapshot, Metrics } from './metrics.ts';

/** Names stay as Prometheus has them, so that a dashboard reads them from either way; the GenAI ones are translated. */
export function prometheusProducer(metrics: Pick<Metrics, 'snapshot'>): MetricProducer {
  const startTime = hrTime();
  return {
    async collect() {
      const snapshots = await metrics.snapshot();
      const data = snapshots.flatMap((snapshot) => metricData(snapshot, startTime, hrTime()) ?? []);
      const scopeMetrics = [{ scope: { name: 'waybill' }, metrics: data }];
      return { resourceMetrics: { resource: resourceFromAttributes({}), scopeMetrics }, errors: [] };
    },
  };
}

function metricData(snapshot: MetricSnapshot, startTime: HrTime, endTime: HrTime): MetricData | undefined {
  const { type, name, help, values } = snapshot;
  const known = Object.values(genAiMetrics).find((metric) => metric.name === name);
  const common = {
    descriptor: {
      name: known?.otlpName ?? name,
      description: help,
      unit: known?.unit ?? unitOf(name),
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const times = { startTime, endTime };
  const points = values.map(({ labels, value }) => ({ ...times, attributes: attributesOf(labels), value }));
  switch (type) {
    case 'counter':
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points };
    case 'gauge':
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: points };
    case 'histogram':
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histogramPoints(values, times) };
    default:
      return undefined;
  }
}

type Values = MetricSnapshot['values'];

/** Prometheus counts up to each bound; OTLP between the bounds. */
function histogramPoints(values: Values, times: { startTime: HrTime; endTime: HrTime }) {
  const series = new Map<string, { labels: Labels; bounds: number[]; upTo: number[]; sum: number; count: number }>();
  for (const { labels, value, metricName = '' } of values) {
    const { le, ...own } = labels;
    const key = JSON.stringify(own);
    const found = series.get(key) ?? { labels: own, bounds: [], upTo: [], sum: 0, count: 0 };
    series.set(key, found);
    if (metricName.endsWith('_sum')) found.sum = value;
    else if (metricName.endsWith('_count')) found.count = value;
    else if (le !== undefined && le !== '+Inf') {
      found.bounds.push(Number(le));
      found.upTo.push(value);
    }
  }
  return [...series.values()].map(({ labels, bounds, upTo, sum, count }) => ({
    ...times,
    attributes: attributesOf(labels),
    value: { sum, count, buckets: { boundaries: bounds, counts: between([...upTo, count]) } },
  }));
}

function between(upTo: readonly number[]): number[] {
  return upTo.map((count, index) => count - (upTo[index - 1] ?? 0));
}

type Labels = Readonly<Record<string, string | number | undefined>>;

/** Labels as the conventions spell them: `gen_ai_request_model` is `gen_ai.request.model`. */
const spelled: ReadonlyMap<string, string> = new Map(
  [...Object.values(genAi), ...Object.values(general), 'gen_ai.token.type'].map((name) => [
    name.replaceAll('.', '_'),
    name,
  ]),
);

function attributesOf(labels: Labels): Attributes {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [spelled.get(name) ?? name, String(value)]));
}

function unitOf(name: string): string {
  if (name.includes('_seconds')) return 's';
  return name.includes('_bytes') ? 'By' : '';
}
