// Every event that Waybill stores. A sample of each version of each of them stays in test/fixtures/events for ever.
import {
  AnswerEvaluated,
  AttemptEnded,
  AttemptStarted,
  BatchCancelled,
  BatchEnded,
  BatchOpened,
  BatchSubmitted,
  BatchSubmitting,
  BreakerChanged,
  BudgetThresholdReached,
  CallAdmitted,
  CallEnded,
  CallRefused,
  HoldOverrun,
  KeyIssued,
  KeyRevoked,
  ProducerEpochClosed,
  ProducerEpochOpened,
  TenantKeyOpened,
  TenantKeyRemoved,
  TenantKeyRewrapped,
  TenantKeyStored,
  UsageCorrected,
} from '@waybill/contracts';
import { defineEvent, type EventType } from './event-type.ts';

export const events = {
  producerEpochOpened: defineEvent({
    type: 'waybill.event.v1.ProducerEpochOpened',
    version: 1,
    codec: ProducerEpochOpened,
  }),
  producerEpochClosed: defineEvent({
    type: 'waybill.event.v1.ProducerEpochClosed',
    version: 1,
    codec: ProducerEpochClosed,
  }),
  callAdmitted: defineEvent({ type: 'waybill.gateway.v1.CallAdmitted', version: 1, codec: CallAdmitted }),
  callRefused: defineEvent({ type: 'waybill.gateway.v1.CallRefused', version: 1, codec: CallRefused }),
  callEnded: defineEvent({ type: 'waybill.gateway.v1.CallEnded', version: 1, codec: CallEnded }),
  attemptStarted: defineEvent({ type: 'waybill.gateway.v1.AttemptStarted', version: 1, codec: AttemptStarted }),
  attemptEnded: defineEvent({ type: 'waybill.gateway.v1.AttemptEnded', version: 1, codec: AttemptEnded }),
  usageCorrected: defineEvent({ type: 'waybill.gateway.v1.UsageCorrected', version: 1, codec: UsageCorrected }),
  batchOpened: defineEvent({ type: 'waybill.gateway.v1.BatchOpened', version: 1, codec: BatchOpened }),
  batchSubmitting: defineEvent({ type: 'waybill.gateway.v1.BatchSubmitting', version: 1, codec: BatchSubmitting }),
  batchSubmitted: defineEvent({ type: 'waybill.gateway.v1.BatchSubmitted', version: 1, codec: BatchSubmitted }),
  batchCancelled: defineEvent({ type: 'waybill.gateway.v1.BatchCancelled', version: 1, codec: BatchCancelled }),
  batchEnded: defineEvent({ type: 'waybill.gateway.v1.BatchEnded', version: 1, codec: BatchEnded }),
  keyIssued: defineEvent({ type: 'waybill.gateway.v1.KeyIssued', version: 1, codec: KeyIssued }),
  keyRevoked: defineEvent({ type: 'waybill.gateway.v1.KeyRevoked', version: 1, codec: KeyRevoked }),
  budgetThresholdReached: defineEvent({
    type: 'waybill.ratelimit.v1.BudgetThresholdReached',
    version: 1,
    codec: BudgetThresholdReached,
  }),
  holdOverrun: defineEvent({ type: 'waybill.ratelimit.v1.HoldOverrun', version: 1, codec: HoldOverrun }),
  breakerChanged: defineEvent({ type: 'waybill.provider.v1.BreakerChanged', version: 1, codec: BreakerChanged }),
  tenantKeyStored: defineEvent({ type: 'waybill.provider.v1.TenantKeyStored', version: 1, codec: TenantKeyStored }),
  tenantKeyRemoved: defineEvent({ type: 'waybill.provider.v1.TenantKeyRemoved', version: 1, codec: TenantKeyRemoved }),
  tenantKeyRewrapped: defineEvent({
    type: 'waybill.provider.v1.TenantKeyRewrapped',
    version: 1,
    codec: TenantKeyRewrapped,
  }),
  tenantKeyOpened: defineEvent({ type: 'waybill.provider.v1.TenantKeyOpened', version: 1, codec: TenantKeyOpened }),
  answerEvaluated: defineEvent({ type: 'waybill.evaluator.v1.AnswerEvaluated', version: 1, codec: AnswerEvaluated }),
} as const;

/** The same by full name, for programs that show whatever comes. */
export const eventTypes: ReadonlyMap<string, EventType<unknown>> = new Map(
  Object.values<EventType<unknown>>(events).map((eventType) => [eventType.type, eventType]),
);
