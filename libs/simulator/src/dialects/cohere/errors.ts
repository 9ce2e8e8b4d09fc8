// Cohere's error bodies: a text and an id, no codes.
import { badGatewayPage, type HttpReply, type Refusal, retryHeaders, statusOf } from '../refusal.ts';

export function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  const status = refusal.status ?? (refusal.refusal === 'overloaded' ? 503 : statusOf[refusal.refusal]);
  if (refusal.refusal === 'bad-gateway') {
    return { status, headers: { 'content-type': 'text/html' }, body: badGatewayPage };
  }
  const headers = {
    'content-type': 'application/json',
    'x-debug-trace-id': requestId,
    ...retryHeaders(refusal.retry, now.getTime()),
    ...resetHeader(refusal, now),
  };
  return { status, headers, body: JSON.stringify({ id: requestId, message: refusal.message }) };
}

/** The time of the reset in seconds since 1970, as the client of the vendor reads it. */
function resetHeader({ refusal, retry }: Refusal, now: Date): Record<string, string> {
  if (refusal !== 'rate-limit' || retry?.form !== 'reset') return {};
  return { 'x-ratelimit-reset': String(Math.ceil(now.getTime() / 1000 + retry.seconds)) };
}
