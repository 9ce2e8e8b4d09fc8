export { type ConsumedBatch, type ConsumedEvent, openConsumed } from './consumed.ts';
export { genAi, genAiMetrics, general, waybill } from './conventions.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './log.ts';
export { createMetrics, type Metrics, type Reading, type Watched } from './metrics.ts';
export { edgeHook, type RpcHooks } from './rpc-hooks.ts';
export {
  type OpenSpan,
  type SpanAttributes,
  type SpanOptions,
  type Spans,
  type TraceContext,
  withSpan,
} from './spans.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { untraced } from './untraced.ts';
