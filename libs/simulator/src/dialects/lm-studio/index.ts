// LM Studio: OpenAI's dialect with less in it; a path it does not know is answered with status 200.
import { isRecord, type JsonRecord, recordOf } from '../../json.ts';
import type { Prompt } from '../../model/prompt.ts';
import { speaking } from '../openai/index.ts';
import { readChat } from '../openai/read.ts';
import { chatCompletion, chunksOf, framed } from '../openai/reply.ts';
import { completionUsage } from '../openai/usage.ts';
import { type HttpReply, invalid, type Refusal, statusOf } from '../refusal.ts';

function readPrompt(body: JsonRecord): Prompt | Refusal {
  if (recordOf(body.response_format).type === 'json_object') {
    return invalid("'response_format.type' must be 'json_schema' or 'text'");
  }
  if (isRecord(body.tool_choice)) {
    return invalid("Invalid tool_choice type: 'object'. Supported string values: none, auto, required");
  }
  if (/"image_url":\{"url":"https?:/.test(JSON.stringify(body.messages ?? ''))) {
    return invalid("'url' field must be a base64 encoded image.");
  }
  return readChat(body);
}

function refuse(refusal: Refusal): HttpReply {
  const isUnknown = refusal.isUnknownUrl === true;
  const message = isUnknown ? 'Unexpected endpoint or method. Returning 200 anyway' : refusal.message;
  const status = isUnknown ? 200 : (refusal.status ?? statusOf[refusal.refusal]);
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: message }) };
}

export const lmStudio = speaking(
  {
    id: 'lm-studio',
    mounts: ['/lm-studio/v1'],
    keyPolicy: 'optional',
    refuse,
    headers: () => ({}),
    errorFrame: (refusal, _requestId, framing) =>
      framing.frame(JSON.stringify({ error: { message: refusal.message } }), 'error'),
  },
  {
    readPrompt,
    usage: completionUsage,
    reply: (reply) => chatCompletion(reply, 'reasoning_content'),
    frames: (reply, framing) => framed(chunksOf(reply, 'reasoning_content'), framing),
  },
);
