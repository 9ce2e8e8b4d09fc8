// Anthropic's error bodies and rate-limit headers.
import { badGatewayPage, type HttpReply, type Refusal, type RefusalKind, retryHeaders, statusOf } from '../refusal.ts';

const types: Readonly<Record<RefusalKind, string>> = {
  invalid: 'invalid_request_error',
  'context-length': 'invalid_request_error',
  unauthorized: 'authentication_error',
  billing: 'billing_error',
  forbidden: 'permission_error',
  'not-found': 'not_found_error',
  conflict: 'conflict_error',
  'too-large': 'request_too_large',
  unprocessable: 'invalid_request_error',
  'rate-limit': 'rate_limit_error',
  quota: 'rate_limit_error',
  'server-error': 'api_error',
  'bad-gateway': 'api_error',
  unavailable: 'api_error',
  timeout: 'timeout_error',
  overloaded: 'overloaded_error',
};

export function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  const status = refusal.status ?? statusOf[refusal.refusal];
  if (refusal.refusal === 'bad-gateway') {
    return { status, headers: { 'content-type': 'text/html' }, body: badGatewayPage };
  }
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'request-id': requestId,
      ...retryHeaders(refusal.retry, now.getTime()),
      ...rateHeaders(refusal, now),
    },
    body: errorBody(refusal, requestId),
  };
}

export function errorBody(refusal: Refusal, requestId: string): string {
  const type = types[refusal.refusal];
  const details = refusal.refusal === 'quota' ? { error_code: 'enforced_spend_limit_reached' } : undefined;
  return JSON.stringify({
    type: 'error',
    error: { type, message: messageOf(refusal), details },
    request_id: requestId,
  });
}

function messageOf({ refusal, message }: Refusal): string {
  return refusal === 'context-length' ? 'prompt is too long: 1000001 tokens > 1000000 maximum' : message;
}

function rateHeaders({ refusal, retry }: Refusal, now: Date): Record<string, string> {
  if (refusal !== 'rate-limit') return {};
  const seconds = retry?.form === 'reset' ? retry.seconds : 1;
  const reset = new Date(now.getTime() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': reset,
    'anthropic-ratelimit-output-tokens-limit': '8000',
    'anthropic-ratelimit-output-tokens-remaining': '8000',
    'anthropic-ratelimit-output-tokens-reset': reset,
  };
}
