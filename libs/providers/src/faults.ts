// Turns an answer that is no success into a fault, given a vendor's way of reading errors.
import type { Micros } from '@waybill/kernel';
import type { UpstreamResponse } from './codec.ts';
import { conducts, type ProviderFault, providerFault, type VendorError } from './provider-fault.ts';
import { decodeUtf8, parseJson } from './reading/json.ts';
import { retryHint } from './reading/retry-hint.ts';

/** Reads a vendor's error by its schema; `body` is undefined when the answer was no JSON. Never throws. */
export type ErrorReader = (body: unknown, status: number | undefined) => VendorError;

/** The fault of an answer, with the hint when to try again where trying again can help. */
export function classifyAnswer(readError: ErrorReader, response: UpstreamResponse, now: Micros): ProviderFault {
  const error = readError(parseJson(decodeUtf8(response.body)), response.status);
  const waitingHelps = conducts[error.conduct].retrySame || error.conduct === 'longLimited';
  const retryAfterMs = waitingHelps ? retryHint(response.headers, now, error.retryAfterMs) : undefined;
  return providerFault({ ...error, retryAfterMs });
}
