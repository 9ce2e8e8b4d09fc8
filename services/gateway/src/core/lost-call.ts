// How a call ends that a gateway which is gone has left open.
import {
  type AttemptEnded,
  AttemptOutcome,
  type AttemptStarted,
  type Attribution,
  CallOutcome,
} from '@waybill/contracts';
import { type Fault, fault } from '@waybill/kernel';
import { attemptEnded, callEnded } from './records.ts';
import { type Settlement, settleLost } from './settlement.ts';

const nobodySawTheEnd: Fault = fault('internal', 'the gateway ended before the call did; nobody saw its end', {
  details: { reason: 'lost' },
});

/** The end of an attempt nobody saw the end of, and what rate-limit has to be told. */
export function lostAttempt(started: AttemptStarted): {
  readonly ended: AttemptEnded;
  readonly settlement: Settlement;
} {
  const { attemptId, modelId, priceCard, attribution } = started;
  const tenantId = attribution?.tenantId ?? '';
  const reservation = started.reservation ?? nothingReserved;
  const settlement = settleLost({ attemptId, tenantId, modelId, priceCard, reservation });
  const ending = {
    outcome: AttemptOutcome.LOST,
    fault: nobodySawTheEnd,
    settlement,
    result: undefined,
    deliveredBytes: 0,
    swept: true,
  };
  return { ended: attemptEnded(started, ending), settlement };
}

const nothingReserved = {
  inputTokensBound: 0,
  outputTokensBound: 0,
  holdPicoUsd: undefined,
  reserved: [],
  admittedAtMicros: 0n,
  notAfterMicros: 0n,
};

export interface LostCall {
  readonly callId: string;
  readonly attribution: Attribution;
  readonly attempts: number;
  readonly durationMs: number;
}

export function lostCallEnded({ callId, attribution, attempts, durationMs }: LostCall) {
  const rest = { attempts, durationMs, modelId: '', providerId: '', overheadMicros: 0 };
  return callEnded({ callId, attribution }, { outcome: CallOutcome.LOST, fault: nobodySawTheEnd, ...rest });
}
