// Mistral: OpenAI's chat completions under a few names of its own, and strict about every field it does not know.

import { differing } from '../capability.ts';
import type { UpstreamRequest } from '../codec.ts';
import type { Support } from '../encoding/support.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor, type WireBody } from '../openai-compatible/vendor.ts';
import type { WireMessage } from '../openai-compatible/wire.ts';
import { mistralMessage } from './messages.ts';
import { readMistralUsage } from './usage.ts';

export const mistralCodec = codecForVendor({
  ...genericVendor,
  id: 'mistral',
  defaultBaseUrl: 'https://api.mistral.ai/v1',
  capabilities: differing(compatibleCapabilities, {
    less: ['message.name', 'end_user'],
    more: ['documents', 'documents.url', 'audio_input', 'service_tier'],
  }),
  wires: ['chat'],
  readUsage: readMistralUsage,
  amend,
});

function amend(body: WireBody, { call }: UpstreamRequest, support: Support): void {
  if (call.task?.$case === 'embedding') {
    rename(body, 'dimensions', 'output_dimension');
    return;
  }
  rename(body, 'seed', 'random_seed');
  body.stream_options = undefined;
  body.messages = (body.messages as WireMessage[]).map(mistralMessage);
  if (body.tool_choice === 'required') body.tool_choice = 'any';
  if (body.reasoning_effort !== 'max') return;
  body.reasoning_effort = 'xhigh';
  support.adjusted('reasoning', 'the effort max became xhigh, the highest there is');
}

function rename(body: WireBody, from: string, to: string): void {
  body[to] = body[from];
  body[from] = undefined;
}
