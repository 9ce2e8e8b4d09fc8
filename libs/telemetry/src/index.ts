export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { type RunningTelemetry, startTelemetry } from './sdk.ts';
export { type Span, type SpanAttributes, SpanKind, type SpanOptions, traceHeaders, withSpan } from './tracing.ts';
