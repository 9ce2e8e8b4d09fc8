// A call that never goes out: noted, and told.
import { type CallRefusal, callRefused } from '../core/records.ts';
import { type CallUnderWay, type JourneyWorld, toldFault } from './call-under-way.ts';

/** Nobody waits for the note: no money hangs on it. */
export function refuseCall({ books, meters }: JourneyWorld, call: CallUnderWay, refusal: CallRefusal): undefined {
  books.note([call.journal.refused(callRefused(call.facts, refusal))]);
  call.answer.fail(toldFault(call, refusal.fault, 0));
  meters.callOver('refused', call.stopwatch.ownMicros());
}
