// The OpenTelemetry SDK: spans in batches and metrics at intervals, as OTLP over HTTP.
import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import { activeService } from './active.ts';
import { boundedSpans } from './bounded-spans.ts';
import { general } from './conventions.ts';
import { prometheusProducer } from './prometheus-producer.ts';
import { rpcHooks } from './rpc-hooks.ts';
import type { Spans } from './spans.ts';
import type { Telemetry, TelemetryOptions } from './telemetry.ts';
import { spansOf } from './traced.ts';

/** For one try of the exporter at one batch, milliseconds. */
const exportTimeoutMs = 5_000;
const metricsIntervalMs = 15_000;
/** A process that stops does not wait longer for its collector, milliseconds. */
const farewellMs = 3_000;

type ExportOptions = Omit<TelemetryOptions, 'endpoint'>;

/** Replaces what was registered before; spans of an earlier start are ended as nobody's. */
export function startExporting(endpoint: string, options: ExportOptions): Telemetry {
  const { serviceName } = options;
  const sdk = sdkFor(endpoint, options);
  sdk.start();
  const tracer = trace.getTracer('waybill');
  const known = new Map<string, Spans>();
  const spans = (service: string): Spans => {
    const found = known.get(service) ?? spansOf(tracer, service);
    known.set(service, found);
    return found;
  };
  return {
    spansOf: spans,
    rpcHooks: rpcHooks({
      caller: () => spans(activeService() ?? serviceName),
      owner: (path) => spans(options.serviceOf(path) ?? serviceName),
    }),
    async shutdown() {
      await Promise.race([sdk.shutdown().catch(() => undefined), sleep(farewellMs, undefined, { ref: false })]);
      trace.disable();
      propagation.disable();
    },
  };
}

/** Everything that the SDK would otherwise take from its defaults is said: no detectors, no baggage, no logs. */
function sdkFor(endpoint: string, options: ExportOptions): NodeSDK {
  const { serviceName, instance, sampleRatio, metrics } = options;
  const traceExporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: exportTimeoutMs });
  const metricExporter = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, timeoutMillis: exportTimeoutMs });
  return new NodeSDK({
    resource: resourceFromAttributes({
      [general.serviceName]: serviceName,
      [general.serviceInstance]: instance,
    }),
    autoDetectResources: false,
    instrumentations: [],
    textMapPropagator: new W3CTraceContextPropagator(),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [boundedSpans(traceExporter, options)],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: metricExporter,
        exportIntervalMillis: metricsIntervalMs,
        exportTimeoutMillis: exportTimeoutMs,
        metricProducers: [prometheusProducer(metrics)],
      }),
    ],
    logRecordProcessors: [],
  });
}
