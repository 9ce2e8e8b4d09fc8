// A call that never goes out: noted, and told.
import { waybill } from '@waybill/telemetry';
import { type CallRefusal, callRefused } from '../core/records.ts';
import { type CallUnderWay, type JourneyWorld, toldFault } from './call-under-way.ts';

/** Nobody waits for the note: no money hangs on it. */
export function refuseCall({ books, meters }: JourneyWorld, call: CallUnderWay, refusal: CallRefusal): undefined {
  books.note([call.journal.refused(callRefused(call.facts, refusal))]);
  call.answer.fail(toldFault(call, refusal.fault, 0));
  const reason = refusal.fault.details.limit_kind ?? refusal.fault.kind;
  meters.callRefused(reason);
  meters.callOver('refused', call.stopwatch);
  call.span.note({ [waybill.outcome]: 'refused', [waybill.limitKind]: refusal.fault.details.limit_kind });
  call.span.failed(refusal.fault);
}
