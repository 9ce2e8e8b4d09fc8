// OpenAI's error bodies and rate-limit headers.
import { badGatewayPage, type HttpReply, type Refusal, type RefusalKind, retryHeaders, statusOf } from '../refusal.ts';

const types: Readonly<Record<RefusalKind, readonly [type: string, code: string | null]>> = {
  invalid: ['invalid_request_error', null],
  'context-length': ['invalid_request_error', 'context_length_exceeded'],
  unauthorized: ['invalid_request_error', 'invalid_api_key'],
  billing: ['insufficient_quota', 'billing_not_active'],
  forbidden: ['invalid_request_error', 'unsupported_country_region_territory'],
  'not-found': ['invalid_request_error', 'model_not_found'],
  conflict: ['invalid_request_error', 'conflict'],
  'too-large': ['invalid_request_error', 'request_too_large'],
  unprocessable: ['invalid_request_error', 'unprocessable_entity'],
  'rate-limit': ['requests', 'rate_limit_exceeded'],
  quota: ['insufficient_quota', 'insufficient_quota'],
  'server-error': ['server_error', null],
  'bad-gateway': ['server_error', null],
  unavailable: ['service_unavailable_error', 'server_is_overloaded'],
  timeout: ['server_error', 'timeout'],
  overloaded: ['service_unavailable_error', 'server_is_overloaded'],
};

export function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  const status = refusal.status ?? statusOf[refusal.refusal];
  if (refusal.refusal === 'bad-gateway') {
    return { status, headers: { 'content-type': 'text/html' }, body: badGatewayPage };
  }
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': requestId,
      ...retryHeaders(refusal.retry, now.getTime()),
      ...rateHeaders(refusal),
    },
    body: errorBody(refusal),
  };
}

export function errorBody(refusal: Refusal): string {
  const [type, code] = types[refusal.refusal];
  const { message, param = null } = refusal;
  return JSON.stringify({ error: { message, type, param, code: refusal.code ?? code } });
}

/** The event that ends a stream of responses. */
export function errorEvent(refusal: Refusal): string {
  const [type, code] = types[refusal.refusal];
  const { message, param = null } = refusal;
  return JSON.stringify({ type: 'error', sequence_number: 0, code: refusal.code ?? code ?? type, message, param });
}

function rateHeaders({ refusal, retry }: Refusal): Record<string, string> {
  if (refusal !== 'rate-limit') return {};
  return {
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': retry?.form === 'reset' ? duration(retry.seconds) : '120ms',
    'x-ratelimit-limit-tokens': '200000',
    'x-ratelimit-remaining-tokens': '199000',
    'x-ratelimit-reset-tokens': '12ms',
  };
}

/** 366 s -> `6m6s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
