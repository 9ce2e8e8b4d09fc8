// What a call may cost at each candidate that can serve it.
import type { AdmissionOption, Candidate } from '@waybill/contracts';

/** A candidate with the most that its answer can use and cost. */
export interface CallOption {
  readonly candidate: Candidate;
  readonly inputTokensBound: number;
  /** The cap to send; its provider may raise it to the bound, which is what is held for. */
  readonly outputCap: number;
  readonly outputTokensBound: number;
  /** Undefined when the model has no prices. */
  readonly holdPicoUsd: bigint | undefined;
  /** The tier that the answer is priced by for certain, where that is known. */
  readonly tier?: string | undefined;
}

/** How a call is to be conducted. */
export interface Plan {
  readonly callId: string;
  /** Best first. */
  readonly options: readonly CallOption[];
  /** Further attempts in all, failover included. */
  readonly retries: number;
  /** No attempt begins later than this after the first; milliseconds. */
  readonly totalMs: number;
  /** Default: waits that double. */
  readonly backOff?: BackOff | undefined;
}

/** How waits between tries of the same candidate grow, from 250 ms to 8 s at most. */
export interface BackOff {
  readonly growth: 'exponential' | 'linear' | 'fixed';
  /** What an exponential wait is multiplied by from try to try; at least 1. */
  readonly factor: number;
}

/** How a caller wants its call conducted, where the route leaves room for that. */
export interface CallWishes {
  /** Id or kind of the provider whose candidates go first. */
  readonly preferredProvider?: string | undefined;
  /** The answer has to be complete within this, since it arrived; milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Attempts in all; the route may allow fewer. */
  readonly mostAttempts?: number | undefined;
  readonly backOff?: BackOff | undefined;
}

/** What bounds a call's attempts, by its route and the gateway. */
type Bounds = Pick<Plan, 'retries' | 'totalMs' | 'backOff'>;

/** The bounds as narrow as the caller wishes; nobody can widen them. */
export function boundsWithin(
  { retries, totalMs }: Bounds,
  { mostAttempts, timeoutMs, backOff }: CallWishes = {},
): Bounds {
  return {
    retries: Math.min(retries, (mostAttempts ?? retries + 1) - 1),
    totalMs: Math.min(totalMs, timeoutMs ?? totalMs),
    ...(backOff !== undefined && { backOff }),
  };
}

/** The option as rate-limit wants to see it. */
export function admissionOption({ candidate, outputCap: _cap, tier: _tier, ...bounds }: CallOption): AdmissionOption {
  return { modelId: candidate.modelId, providerId: candidate.providerId, ...bounds };
}
