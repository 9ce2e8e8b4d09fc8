// What Gemini's errors call for, by their status, reason and quota fields.
import { type ConductName, conductOfStatus, statusBefore, type VendorError } from '../provider-fault.ts';
import { durationMs } from '../reading/retry-hint.ts';
import { errorBody } from './wire.ts';

const conductByStatus: Readonly<Record<string, ConductName>> = {
  INVALID_ARGUMENT: 'invalid',
  FAILED_PRECONDITION: 'noModel',
  OUT_OF_RANGE: 'invalid',
  UNAUTHENTICATED: 'credential',
  PERMISSION_DENIED: 'noModel',
  NOT_FOUND: 'noModel',
  ABORTED: 'conflict',
  RESOURCE_EXHAUSTED: 'rateLimited',
  INTERNAL: 'broken',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
};

/** Reads an error body, or an error object in a stream, whose code is the status it would have had. */
export function readError(body: unknown, status: number | undefined): VendorError {
  const error = errorBody.parse(body).error;
  const details = error?.details ?? [];
  const word = error?.status ?? '';
  const reason = details.find((entry) => entry.reason !== undefined)?.reason;
  const httpStatus = status ?? (typeof error?.code === 'number' ? error.code : 500);
  return {
    conduct: conductOf(
      word,
      reason,
      httpStatus,
      details.flatMap((entry) => entry.violations ?? []),
    ),
    status,
    code: reason || word || (typeof error?.code === 'string' ? error.code : ''),
    text: error?.message,
    retryAfterMs: details.map((entry) => durationMs(entry.retryDelay)).find((delay) => delay !== undefined),
  };
}

function conductOf(
  word: string,
  reason: string | undefined,
  httpStatus: number,
  violations: readonly { quotaId?: string | undefined }[],
): ConductName {
  if (reason === 'API_KEY_INVALID') return 'credential';
  if (httpStatus === 402) return 'exhausted';
  const named = Object.hasOwn(conductByStatus, word) ? conductByStatus[word] : undefined;
  const conduct = statusBefore(named, httpStatus) ?? conductOfStatus(httpStatus);
  const isPerDay = violations.some(({ quotaId }) => quotaId?.includes('PerDay'));
  return conduct === 'rateLimited' && isPerDay ? 'longLimited' : conduct;
}
