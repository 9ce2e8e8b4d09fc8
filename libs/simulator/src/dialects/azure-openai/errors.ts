// Azure's error bodies: codes of its own for what happens before the model is reached.
import { errorBody as openAiBody, refuse as openAiRefuse } from '../openai/errors.ts';
import { type HttpReply, type Refusal, type RefusalKind, retryHeaders, statusOf } from '../refusal.ts';

const codes: Readonly<Partial<Record<RefusalKind, readonly [code: string, message?: string]>>> = {
  unauthorized: ['401', 'Access denied due to invalid subscription key or wrong API endpoint.'],
  'not-found': ['DeploymentNotFound', 'The API deployment for this resource does not exist.'],
  'rate-limit': ['429'],
  'server-error': ['InternalServerError'],
  unavailable: ['ServiceUnavailable'],
};

export function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  if (codes[refusal.refusal] === undefined) return openAiRefuse(refusal, requestId, now);
  return {
    status: refusal.status ?? statusOf[refusal.refusal],
    headers: {
      'content-type': 'application/json',
      'apim-request-id': requestId,
      ...retryHeaders(refusal.retry, now.getTime()),
    },
    body: errorBody(refusal),
  };
}

export function errorBody(refusal: Refusal): string {
  const own = codes[refusal.refusal];
  if (refusal.isUnknownUrl === true) return JSON.stringify({ error: { code: '404', message: 'Resource not found' } });
  if (own === undefined || refusal.code !== undefined) return openAiBody(refusal);
  const [code, message = refusal.message] = own;
  return JSON.stringify({ error: { code, message } });
}
