// The events of one batch as they are handed to the log.
import type { BatchOpened, BatchSubmitted } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf, type Fault, type Micros } from '@waybill/kernel';
import { toFaultMessage } from '../core/fault-message.ts';

export interface BatchJournal {
  opened(payload: BatchOpened): EventDraft;
  submitting(): EventDraft;
  submitted(payload: Omit<BatchSubmitted, 'batchId'>): EventDraft;
  cancelled(): EventDraft;
  ended(because: Fault | undefined): EventDraft;
}

export interface BatchJournalOptions {
  readonly batchId: string;
  readonly tenantId: string;
  nowMicros(): Micros;
}

/** The same fact has the same id, whoever writes it. */
export function batchJournalOf({ batchId, tenantId, nowMicros }: BatchJournalOptions): BatchJournal {
  const common = (fact: string) => ({
    eventId: eventIdOf(batchId, fact),
    tenantId,
    streamId: `batch/${batchId}`,
    correlationId: batchId,
    occurredAtMicros: nowMicros(),
  });
  return {
    opened: (payload) => events.batchOpened.draft({ ...common('opened'), payload }),
    submitting: () => events.batchSubmitting.draft({ ...common('submitting'), payload: { batchId } }),
    submitted: (given) => events.batchSubmitted.draft({ ...common('submitted'), payload: { batchId, ...given } }),
    cancelled: () => events.batchCancelled.draft({ ...common('cancelled'), payload: { batchId } }),
    ended: (because) =>
      events.batchEnded.draft({ ...common('ended'), payload: { batchId, fault: because && toFaultMessage(because) } }),
  };
}
