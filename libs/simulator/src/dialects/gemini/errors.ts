// Gemini's error bodies: the wait is in the body, there are no rate-limit headers.
import type { JsonRecord } from '../../json.ts';
import { badGatewayPage, type HttpReply, type Refusal, type RefusalKind, statusOf } from '../refusal.ts';

const statuses: Readonly<Record<RefusalKind, string>> = {
  invalid: 'INVALID_ARGUMENT',
  'context-length': 'INVALID_ARGUMENT',
  unauthorized: 'UNAUTHENTICATED',
  billing: 'RESOURCE_EXHAUSTED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'NOT_FOUND',
  conflict: 'ABORTED',
  'too-large': 'INVALID_ARGUMENT',
  unprocessable: 'INVALID_ARGUMENT',
  'rate-limit': 'RESOURCE_EXHAUSTED',
  quota: 'RESOURCE_EXHAUSTED',
  'server-error': 'INTERNAL',
  'bad-gateway': 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
  timeout: 'DEADLINE_EXCEEDED',
  overloaded: 'UNAVAILABLE',
};

export function refuse(refusal: Refusal): HttpReply {
  const status = statusCode(refusal);
  if (refusal.refusal === 'bad-gateway') {
    return { status, headers: { 'content-type': 'text/html' }, body: badGatewayPage };
  }
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: errorBody(refusal) };
}

export function errorBody(refusal: Refusal): string {
  const details = detailsOf(refusal);
  const error = {
    code: statusCode(refusal),
    message: refusal.message,
    status: statuses[refusal.refusal],
    details: details.length > 0 ? details : undefined,
  };
  return JSON.stringify({ error });
}

/** A key that is wrong is an invalid argument here. */
export const badKey: Refusal = {
  refusal: 'invalid',
  message: 'API key not valid. Please pass a valid API key.',
  code: 'API_KEY_INVALID',
};

function statusCode({ refusal, status }: Refusal): number {
  return status ?? (refusal === 'overloaded' ? 503 : statusOf[refusal]);
}

function detailsOf(refusal: Refusal): JsonRecord[] {
  if (refusal.code !== undefined) {
    const domain = 'googleapis.com';
    return [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: refusal.code, domain }];
  }
  if (refusal.refusal === 'quota') return [quotaFailure('PerDay')];
  if (refusal.refusal !== 'rate-limit') return [];
  const period = refusal.retry?.form === 'per-day' ? 'PerDay' : 'PerMinute';
  return [quotaFailure(period), ...retryInfo(refusal)];
}

function quotaFailure(period: 'PerDay' | 'PerMinute'): JsonRecord {
  return {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [
      {
        quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests',
        quotaId: `GenerateRequests${period}PerProjectPerModel`,
        quotaValue: '50',
      },
    ],
  };
}

function retryInfo({ retry }: Refusal): JsonRecord[] {
  const delays: Readonly<Record<string, string>> = { negative: '-1s', absurd: '1000000000000s', garbled: 'soon' };
  if (retry === undefined || retry.form === 'none' || retry.form === 'per-day') return [];
  const retryDelay = delays[retry.form] ?? `${retry.seconds}s`;
  return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }];
}
