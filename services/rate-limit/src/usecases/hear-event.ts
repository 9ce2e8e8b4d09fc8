import type { StoredEvent } from '@waybill/event-log';
import { hearBegun, hearOver, hearRevised } from '../core/heard.ts';
import type { LimitState } from '../core/state.ts';
import type { Notices } from '../ports.ts';
import { factOf } from './log-facts.ts';
import { noticeCrossed, noticeSettled } from './notice-settled.ts';

/** Takes an event of a partition into its state. Throws a FaultError `invalid` when it cannot be read. */
export function hearEvent(state: LimitState, event: StoredEvent, notices: Notices): void {
  const fact = factOf(event);
  const { nowMicros } = state.time;
  if (fact.kind === 'begun') hearBegun(state, fact.begun);
  else if (fact.kind === 'over') {
    const settled = hearOver(state, fact.over);
    if (settled) noticeSettled(settled, nowMicros, notices);
  } else {
    const crossed = hearRevised(state, fact.revised);
    const { tenantId, correlationId } = event.envelope;
    noticeCrossed(crossed, { tenantId, correlationId, nowMicros }, notices);
  }
}
