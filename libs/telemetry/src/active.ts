// What is going on at the moment, carried through awaits by Node's AsyncLocalStorage.
import { type Context, context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const callKey = createContextKey('waybill.call.id');
const serviceKey = createContextKey('waybill.service');

/** Lets contexts follow asynchronous work in this process, from the first time on. */
export function keepContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

export function withCall(from: Context, callId: string | undefined): Context {
  return callId === undefined ? from : from.setValue(callKey, callId);
}

export function withService(from: Context, service: string): Context {
  return from.getValue(serviceKey) === service ? from : from.setValue(serviceKey, service);
}

export function callIdOf(from: Context): string | undefined {
  return from.getValue(callKey) as string | undefined;
}

/** The service whose span is active. */
export function activeService(): string | undefined {
  return context.active().getValue(serviceKey) as string | undefined;
}

/** The call that is worked on. */
export function activeCallId(): string | undefined {
  return callIdOf(context.active());
}

export function outside<Value>(step: () => Value): Value {
  return context.with(ROOT_CONTEXT, step);
}

/** For a line of the log: the ids of the active span and of its call, as far as there are any. */
export function activeIds(): Record<string, string> {
  const ids: Record<string, string> = {};
  const active = context.active();
  const span = trace.getSpanContext(active);
  if (span !== undefined) {
    ids.trace_id = span.traceId;
    ids.span_id = span.spanId;
  }
  const callId = callIdOf(active);
  if (callId !== undefined) ids.call_id = callId;
  return ids;
}
