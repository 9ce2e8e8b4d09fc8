// Spans by OpenTelemetry's API, which costs next to nothing until an SDK is registered.
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

export { type Span, SpanKind } from '@opentelemetry/api';

const tracer = trace.getTracer('waybill');

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** Trace headers of whoever called us; the active span is the parent when absent. */
  readonly remote?: Readonly<Record<string, string>>;
}

/** Runs `work` inside a span that ends with it; a throw marks the span as failed by its name, without its message. */
export async function withSpan<Value>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  const parent = options.remote ? propagation.extract(context.active(), options.remote) : context.active();
  const settings = { kind: options.kind ?? SpanKind.INTERNAL, attributes: mutable(options.attributes) };
  return tracer.startActiveSpan(name, settings, parent, async (span) => {
    try {
      return await work(span);
    } catch (thrown) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: thrown instanceof Error ? thrown.name : 'unknown' });
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** The active trace context as headers, to be handed to the next hop; empty when there is none. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function mutable(attributes: SpanAttributes | undefined): Record<string, string | number | boolean | string[]> {
  const copy: Record<string, string | number | boolean | string[]> = {};
  for (const [key, value] of Object.entries(attributes ?? {})) {
    copy[key] = typeof value === 'object' ? [...value] : value;
  }
  return copy;
}
