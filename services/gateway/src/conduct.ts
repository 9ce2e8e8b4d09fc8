// The seam between the edge (dialects, keys, sockets) and the journey of a call.
import type { Attribution, Call, CallSummary, ReplyPart, Warning } from '@waybill/contracts';
import type { CallWishes } from './core/plan.ts';

/** A call that has been read, authenticated and attributed. */
export interface IncomingCall {
  readonly call: Call;
  /** The dialect's name, such as openai.chat; grpc for what comes that way. */
  readonly dialect: string;
  readonly attribution: Attribution;
  /** Size of the request as it came, bytes. */
  readonly bodyBytes: number;
  readonly idempotencyKey?: string;
  /** The caller's own bound on the cost of this call. */
  readonly maxCostPicoUsd?: bigint;
  readonly wishes?: CallWishes;
  /** W3C trace headers of the caller. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  /** Aborts when the client is gone. Its attempt is settled all the same. */
  readonly signal: AbortSignal;
  /** When the request arrived, milliseconds of the steady clock. */
  readonly arrivedAtMs: number;
}

/** A call whose answer has begun: at least its first part is there. */
export interface ConductedCall {
  readonly callId: string;
  /** When the call arrived; of a repeated answer, the first time. */
  readonly createdAtMicros: bigint;
  readonly modelId: string;
  readonly providerId: string;
  /** The model the provider says it is, once it has said so. */
  readonly reportedModel: string;
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  readonly simulated: boolean;
  /** Answered from the record of an earlier call with the same idempotency key. */
  readonly repeated: boolean;
  readonly warnings: readonly Warning[];
  /**
   * The answer from its beginning. The `usage` and `finish` parts come last, after the attempt is durable on the
   * books. Throws a FaultError when the answer breaks off; then there was no `finish`.
   */
  readonly parts: AsyncIterable<ReplyPart>;
  /** Time spent in Waybill so far, without the provider's and the caller's; microseconds. */
  overheadMicros(): number;
  /** How the call went; known once `parts` has ended. */
  summary(): CallSummary;
}

/**
 * Conducts one call. Rejects with a FaultError, its details holding `call_id`, when nothing of an answer reached us:
 * refused, no candidate, or every attempt failed.
 */
export type ConductCall = (incoming: IncomingCall) => Promise<ConductedCall>;
