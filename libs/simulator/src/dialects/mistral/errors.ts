// Mistral's errors, of two shapes: its own, and that of the framework which checks the fields.
import { type HttpReply, type Refusal, type RefusalKind, retryHeaders, statusOf } from '../refusal.ts';

const types: Readonly<Partial<Record<RefusalKind, readonly [type: string, code: string]>>> = {
  'not-found': ['invalid_model', '1500'],
  'rate-limit': ['rate_limited', '1300'],
  quota: ['service_tier_capacity_exceeded', '3505'],
  unavailable: ['unreachable_backend', '1100'],
  overloaded: ['unreachable_backend', '1100'],
  'server-error': ['internal_server_error', '1000'],
};

export function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  return {
    status: refusal.status ?? statusOf[refusal.refusal],
    headers: {
      'content-type': 'application/json',
      'mistral-correlation-id': requestId,
      ...retryHeaders(refusal.retry, now.getTime()),
    },
    body: errorBody(refusal),
  };
}

export function errorBody(refusal: Refusal): string {
  if (refusal.refusal === 'unauthorized') return JSON.stringify({ detail: 'Unauthorized' });
  if (refusal.refusal === 'unprocessable') {
    const detail = [{ type: 'extra_forbidden', loc: ['body', refusal.param ?? ''], msg: refusal.message }];
    return JSON.stringify({ detail });
  }
  const [type, code] = types[refusal.refusal] ?? ['invalid_request_error', '3051'];
  return JSON.stringify({ object: 'error', message: refusal.message, type, param: refusal.param ?? null, code });
}
