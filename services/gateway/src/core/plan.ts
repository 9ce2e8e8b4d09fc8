// What a call may cost at each candidate that can serve it.
import type { AdmissionOption, Candidate } from '@waybill/contracts';

/** A candidate with the most that its answer can use and cost. */
export interface CallOption {
  readonly candidate: Candidate;
  readonly inputTokensBound: number;
  readonly outputTokensBound: number;
  /** Undefined when the model has no prices. */
  readonly holdPicoUsd: bigint | undefined;
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
}

/** The option as rate-limit wants to see it. */
export function admissionOption({ candidate, ...bounds }: CallOption): AdmissionOption {
  return { modelId: candidate.modelId, providerId: candidate.providerId, ...bounds };
}
