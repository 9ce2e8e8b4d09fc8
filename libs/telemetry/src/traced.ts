// Spans by OpenTelemetry's API.
import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
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
      if (isLeftOut(from)) return new LeftOut(withCall(from, options.callId));
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

/** The first span of the trace was not sampled, so none of the others is. */
function isLeftOut(from: Context): boolean {
  const above = trace.getSpanContext(from);
  return above !== undefined && isSpanContextValid(above) && (above.traceFlags & TraceFlags.SAMPLED) === 0;
}

/** In place of a span below one that is not sampled: what goes on from it goes on from that one. */
class LeftOut implements OpenSpan {
  readonly isSeen = false;
  readonly #inside: Context;

  constructor(inside: Context) {
    this.#inside = inside;
  }

  get trace(): TraceContext | undefined {
    return traceOf(this.#inside);
  }

  run<Value>(step: () => Value): Value {
    return context.with(this.#inside, step);
  }

  note(): void {}
  failed(): void {}
  ended(): void {}
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
    this.#span.setAttributes({
      [general.errorType]: errorTypeOf(fault),
      [waybill.faultReason]: wordIn(fault, 'reason'),
    });
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
export function errorTypeOf(fault: Fault): string {
  return wordIn(fault, 'provider_code') ?? wordIn(fault, 'provider_status') ?? fault.kind;
}

/** A code, never a sentence: nothing that could be a piece of somebody's text. */
function wordIn({ details }: Fault, name: string): string | undefined {
  const word = details[name];
  return word !== undefined && /^[\w.:-]{1,64}$/.test(word) ? word : undefined;
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
