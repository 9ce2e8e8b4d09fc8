// Events of attempts as a gateway writes them, for tests.
import { type Admission, AttemptEnded, AttemptStarted, Usage } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';

export interface TestAttempt {
  readonly attemptId: string;
  readonly tenantId: string;
  readonly holdPicoUsd: bigint;
  readonly admission: Admission;
}

export interface TestEnding {
  readonly amountPicoUsd: bigint;
  readonly uncertainPicoUsd?: bigint;
  readonly tokens?: number;
}

export function startedDraft(attempt: TestAttempt): EventDraft {
  const { attemptId, tenantId, holdPicoUsd, admission } = attempt;
  const { admittedAtMicros, notAfterMicros, reserved } = admission;
  const reservation = { holdPicoUsd, admittedAtMicros, notAfterMicros, reserved };
  const payload = AttemptStarted.fromPartial({ attemptId, ...served(tenantId), reservation });
  return events.attemptStarted.draft({ ...fields(attempt, 'started'), payload });
}

export function endedDraft(attempt: TestAttempt, ending: TestEnding): EventDraft {
  const { attemptId, tenantId, admission } = attempt;
  const { amountPicoUsd, uncertainPicoUsd = 0n, tokens = 0 } = ending;
  const payload = AttemptEnded.fromPartial({
    attemptId,
    ...served(tenantId),
    usage: Usage.fromPartial({ outputTokens: tokens }),
    rating: { amountPicoUsd },
    uncertainPicoUsd,
    holdPicoUsd: attempt.holdPicoUsd,
    admittedAtMicros: admission.admittedAtMicros,
  });
  return events.attemptEnded.draft({ ...fields(attempt, 'ended'), payload });
}

function served(tenantId: string) {
  return { attribution: { tenantId }, modelId: 'm', providerId: 'p' };
}

function fields({ attemptId, tenantId, admission }: TestAttempt, fact: string) {
  return {
    eventId: `${attemptId}/${fact}`,
    tenantId,
    streamId: `call/${attemptId}`,
    correlationId: attemptId,
    occurredAtMicros: admission.admittedAtMicros,
  };
}
