// Traces a projection's work on events, as the work of the calls that the events tell of.
import type { Clock } from '@waybill/kernel';
import type { BatchObserver, Projection } from '@waybill/projections';
import { openConsumed, type Spans, waybill } from '@waybill/telemetry';

/** Undefined where nothing is traced. */
export function consumerSpans(
  spans: Spans,
  { name }: Pick<Projection, 'name'>,
  { nowMicros }: Pick<Clock, 'nowMicros'>,
): BatchObserver | undefined {
  if (!spans.areKept) return undefined;
  const attributes = { [waybill.projection]: name };
  return (events) => openConsumed(spans, { name: `fold ${name}`, events, attributes, nowMicros: nowMicros() });
}
