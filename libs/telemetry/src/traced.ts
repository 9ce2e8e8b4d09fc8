// Spans by OpenTelemetry's API.
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Fault, FaultKind } from '@waybill/kernel';
import { callIdOf, outside, withCall, withService } from './active.ts';
import { general, waybill } from './conventions.ts';
import type { OpenSpan, SpanAttributes, SpanOptions, Spans, TraceContext } from './spans.ts';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const;

/** The spans of one service; each says whose it is. */
export function spansOf(tracer: Tracer, service: string): Spans {
  return {
    areKept: true,
    open(name, options = {}) {
      const { kind = 'internal', attributes, parent } = options;
      const from = parent === undefined ? context.active() : propagation.extract(ROOT_CONTEXT, parent);
      const inside = withCall(withService(from, service), options.callId);
      const own = { [waybill.service]: service, [waybill.callId]: callIdOf(inside) };
      const settings = { kind: kinds[kind], attributes: mutable({ ...attributes, ...own }) };
      const span = tracer.startSpan(name, settings, from);
      return new Begun(span, trace.setSpan(inside, span), kind);
    },
    trace: () => traceOf(context.active()),
    outside,
  };
}

class Begun implements OpenSpan {
  readonly #span: Span;
  readonly #inside: Context;
  readonly #kind: keyof typeof kinds;

  constructor(span: Span, inside: Context, kind: NonNullable<SpanOptions['kind']>) {
    this.#span = span;
    this.#inside = inside;
    this.#kind = kind;
  }

  get isSeen(): boolean {
    return this.#span.isRecording();
  }

  get trace(): TraceContext | undefined {
    return traceOf(this.#inside);
  }

  run<Value>(step: () => Value): Value {
    return context.with(this.#inside, step);
  }

  note(attributes: SpanAttributes): void {
    this.#span.setAttributes(mutable(attributes));
  }

  failed(fault: Fault): void {
    this.#span.setAttribute(general.errorType, errorTypeOf(fault));
    // A fault's message may hold a provider's own words, so it stays out.
    const isFailure = this.#kind === 'server' ? !callersFault.has(fault.kind) : fault.kind !== 'cancelled';
    if (isFailure) this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  ended(fault?: Fault): void {
    if (fault !== undefined) this.failed(fault);
    this.#span.end();
  }
}

/** A server that says no to a wrong call has not failed. */
const callersFault: ReadonlySet<FaultKind> = new Set([
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'limited',
  'cancelled',
]);

/** The provider's code or status where there is one, else the kind of fault. */
export function errorTypeOf({ kind, details }: Fault): string {
  const { provider_code: code, provider_status: status } = details;
  return [code, status].find((word) => word !== undefined && /^[\w.:-]{1,64}$/.test(word)) ?? kind;
}

function traceOf(from: Context): TraceContext | undefined {
  const headers: { traceparent?: string; tracestate?: string } = {};
  propagation.inject(from, headers);
  const { traceparent, tracestate = '' } = headers;
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}

function mutable(attributes: SpanAttributes): Record<string, string | number | boolean | string[] | undefined> {
  return attributes as Record<string, string | number | boolean | string[] | undefined>;
}
