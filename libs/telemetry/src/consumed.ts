// Spans of whoever works on events that other services wrote.
import type { Fault } from '@waybill/kernel';
import { general } from './conventions.ts';
import type { SpanAttributes, Spans } from './spans.ts';

/** The part of an event that matters here. */
export interface ConsumedEvent {
  readonly envelope: {
    readonly occurredAtMicros: bigint;
    readonly correlationId: string;
    readonly trace?: { readonly traceparent: string; readonly tracestate: string } | undefined;
  };
}

export interface ConsumedBatch {
  readonly events: readonly ConsumedEvent[];
  /** Such as `fold ledger`. */
  readonly name: string;
  readonly attributes?: SpanAttributes;
  readonly nowMicros: bigint;
}

/** Beyond this the trace of a call is closed wherever it is kept: a rebuild must not write to all of them again. */
const oldestMicros = 600_000_000n;
const tracesPerBatch = 64;

/**
 * Begins one span for each call of the batch, below the span that its events were written under, so that one call is
 * one trace up to the books; a link would leave what the books did in a trace of its own. Bounded three ways: only
 * calls that were sampled, none that is older than ten minutes, 64 in a batch. What it returns ends them.
 */
export function openConsumed(spans: Spans, batch: ConsumedBatch): (fault?: Fault) => void {
  const { name, attributes, nowMicros } = batch;
  const calls = new Map<string, { parent: Record<string, string>; callId: string; count: number }>();
  for (const { envelope } of batch.events) {
    const { trace, occurredAtMicros, correlationId } = envelope;
    if (!isSampled(trace?.traceparent) || nowMicros - occurredAtMicros > oldestMicros) continue;
    const call = calls.get(trace!.traceparent);
    if (call) call.count += 1;
    else if (calls.size < tracesPerBatch) {
      calls.set(trace!.traceparent, { parent: { ...trace! }, callId: correlationId, count: 1 });
    }
  }
  const open = [...calls.values()].map(({ parent, callId, count }) => {
    const counted = { [general.messagingOperation]: 'process', [general.messagingCount]: count };
    return spans.open(name, { kind: 'consumer', parent, callId, attributes: { ...attributes, ...counted } });
  });
  return (fault) => {
    for (const span of open) span.ended(fault);
  };
}

/** The last bit of the flags. */
function isSampled(traceparent: string | undefined): boolean {
  return traceparent !== undefined && (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
}
