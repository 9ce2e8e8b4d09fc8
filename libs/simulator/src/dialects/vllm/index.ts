// vLLM: OpenAI's dialect with codes that are numbers, and a terminator even after an error.
import { speaking } from '../openai/index.ts';
import { chatCompletion, chunksOf, framed } from '../openai/reply.ts';
import { completionUsage } from '../openai/usage.ts';
import { type HttpReply, type Refusal, statusOf } from '../refusal.ts';

function errorBody(refusal: Refusal): string {
  const code = refusal.status ?? statusOf[refusal.refusal];
  const type = code === 404 ? 'NotFoundError' : code < 500 ? 'BadRequestError' : 'InternalServerError';
  return JSON.stringify({ error: { message: refusal.message, type, param: refusal.param ?? null, code } });
}

function refuse(refusal: Refusal): HttpReply {
  const status = refusal.status ?? statusOf[refusal.refusal];
  const headers = { 'content-type': 'application/json' };
  if (refusal.refusal === 'unauthorized') return { status, headers, body: '{"error":"Unauthorized"}' };
  return { status, headers, body: errorBody(refusal) };
}

export const vllm = speaking(
  {
    id: 'vllm',
    mounts: ['/vllm/v1'],
    keyPolicy: 'optional',
    refuse,
    headers: (requestId) => ({ 'x-request-id': requestId }),
    errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)) + framing.frame('[DONE]'),
  },
  {
    usage: completionUsage,
    reply: (reply) => chatCompletion(reply, 'reasoning'),
    frames: (reply, framing) => framed(chunksOf(reply, 'reasoning'), framing),
  },
);
