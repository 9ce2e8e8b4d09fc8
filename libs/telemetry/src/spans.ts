// What services trace with. A service is handed its spans and does not know whether anybody collects them.
import { type Fault, faultOf } from '@waybill/kernel';

/** Undefined ones are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** W3C trace context, as an event's envelope keeps it. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string;
}

export interface SpanOptions {
  /** `server`: answers a call; `client`: makes one; `consumer`: works on events. Default `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'consumer';
  readonly attributes?: SpanAttributes;
  /**
   * What it goes on from, where that came over the wire or out of an event: `traceparent` and `tracestate` are read,
   * and with nothing valid in them a new trace begins. The active span when absent.
   */
  readonly parent?: Readonly<Record<string, string>>;
  /** The call it belongs to, and everything below it: on its spans and in the lines of the log. */
  readonly callId?: string | undefined;
}

/** A span that has begun. Without a collector it is nobody's, and everything here does next to nothing. */
export interface OpenSpan {
  /** Whether anybody will see it; where not, there is no need to work out what could be noted on it. */
  readonly isSeen: boolean;
  /** For what goes on from it; undefined where nothing is traced. */
  readonly trace: TraceContext | undefined;
  /** Runs a step inside it: spans that begin there, and lines of the log, belong to it. */
  run<Value>(step: () => Value): Value;
  note(attributes: SpanAttributes): void;
  /** Marks it with what went wrong; it goes on. */
  failed(fault: Fault): void;
  /** To be said once; no fault means that it went well, unless it was marked before. */
  ended(fault?: Fault): void;
}

/** The spans of one service. */
export interface Spans {
  /** False where nothing is traced at all. */
  readonly areKept: boolean;
  open(name: string, options?: SpanOptions): OpenSpan;
  /** The active span's, for an event or for work that is done later; undefined outside of any. */
  trace(): TraceContext | undefined;
  /** Runs a step outside of any span and call: what is begun by one call and goes on for all of them. */
  outside<Value>(step: () => Value): Value;
}

/** Runs work inside a span that ends with it; what it throws is the span's fault. */
export async function withSpan<Value>(
  spans: Spans,
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan) => Promise<Value>,
): Promise<Value> {
  const span = spans.open(name, options);
  try {
    const value = await span.run(() => work(span));
    span.ended();
    return value;
  } catch (thrown) {
    span.ended(faultOf(thrown));
    throw thrown;
  }
}
