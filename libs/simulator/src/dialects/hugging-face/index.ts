// Hugging Face's router: OpenAI's dialect with plain errors.

import { speaking } from '../openai/index.ts';
import { chatCompletion, chunksOf, framed } from '../openai/reply.ts';
import { completionUsage } from '../openai/usage.ts';
import { type HttpReply, type Refusal, retryHeaders, statusOf } from '../refusal.ts';

function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  const headers = { 'content-type': 'application/json', 'x-request-id': requestId };
  return {
    status: refusal.refusal === 'quota' ? 402 : (refusal.status ?? statusOf[refusal.refusal]),
    headers: { ...headers, ...retryHeaders(refusal.retry, now.getTime()) },
    body: JSON.stringify({ error: refusal.message }),
  };
}

export const huggingFace = speaking(
  {
    id: 'hugging-face',
    mounts: ['/hugging-face/v1'],
    refuse,
    headers: (requestId) => ({ 'x-request-id': requestId, 'x-inference-provider': 'simulated' }),
  },
  {
    usage: completionUsage,
    reply: (reply) => chatCompletion(reply, 'reasoning'),
    frames: (reply, framing) => framed(chunksOf(reply, 'reasoning'), framing),
  },
);
