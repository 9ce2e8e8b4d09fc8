// The events of a call that its gateway has not ended.
import { AttemptEnded, CallEnded } from '@waybill/contracts';
import { systemClock } from '@waybill/service';
import type { Attempt } from '../core/journey.ts';
import { attemptStarted, callAdmitted } from '../core/records.ts';
import { journalOf } from '../usecases/journal.ts';
import { admitted, candidate, incoming } from './journey-bench.ts';

const clock = systemClock();
const selection = { strategy: 'ordered', registryVersion: 'r', candidates: [], exclusions: {} };

/** Its first commit, and the events that would end it. */
export function leftOpen(callId: string, hold: bigint | null = 500n) {
  const { call, attribution, dialect, bodyBytes } = incoming();
  const digests = { requestDigest: Buffer.alloc(32), idempotencyKeyDigest: '' };
  const facts = { callId, createdAtMicros: clock.nowMicros(), call, attribution, dialect, bodyBytes, ...digests };
  const { decision } = admitted(0);
  if (decision?.$case !== 'admission') throw new Error('not admitted');
  const bounds = { inputTokensBound: 90, outputCap: 10, outputTokensBound: 10, holdPicoUsd: hold ?? undefined };
  const option = { candidate: candidate('fast'), ...bounds };
  const attempt: Attempt = { attemptId: `${callId}:1`, number: 1, option, admission: decision.value, askedAtMs: 0 };
  const journal = journalOf({ callId, tenantId: attribution.tenantId, nowMicros: clock.nowMicros });
  const started = attemptStarted(facts, attempt);
  const first = [journal.admitted(callAdmitted(facts, selection, 90)), journal.started(started)];
  const attemptEnd = journal.attemptEnded(AttemptEnded.fromPartial({ callId, attemptId: started.attemptId }));
  const callEnd = journal.callEnded(CallEnded.fromPartial({ callId }), started.attemptId);
  return { first, attemptEnd, callEnd };
}
