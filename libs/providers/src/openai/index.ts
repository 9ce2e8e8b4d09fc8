// OpenAI itself: the dialect's chat completions and embeddings, with its models' peculiarities.
import type { UpstreamRequest } from '../codec.ts';
import type { Support } from '../encoding/support.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { openAiConvention, usageReader } from '../openai-compatible/usage.ts';
import type { WireBody } from '../openai-compatible/vendor.ts';
import { openAiCapabilities } from './capabilities.ts';
import { refusedBy, toolsNeedEffortNone } from './models.ts';

export const openAiCodec = codecForVendor({
  id: 'openai',
  defaultBaseUrl: 'https://api.openai.com/v1',
  capabilities: openAiCapabilities,
  refuses: refusedBy,
  capField: () => 'max_completion_tokens',
  endUserField: 'safety_identifier',
  readUsage: usageReader(openAiConvention),
  amend,
});

function amend(body: WireBody, request: UpstreamRequest, support: Support): void {
  if (request.stream) body.stream_options = { include_usage: true, include_obfuscation: false };
  const { upstreamModel } = request;
  if (body.tools === undefined || !toolsNeedEffortNone(upstreamModel) || body.reasoning_effort === 'none') return;
  body.reasoning_effort = 'none';
  support.adjusted('reasoning', `${upstreamModel} takes tools here only with the reasoning effort none`);
}
