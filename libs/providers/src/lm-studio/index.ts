// LM Studio on somebody's own machine. It answers paths it does not know with status 200 and an error.
import { differing } from '../capability.ts';
import type { UpstreamRequest } from '../codec.ts';
import type { Support } from '../encoding/support.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor, type WireBody } from '../openai-compatible/vendor.ts';

export const lmStudioCodec = codecForVendor({
  ...genericVendor,
  id: 'lm-studio',
  defaultBaseUrl: 'http://localhost:1234/v1',
  capabilities: differing(compatibleCapabilities, {
    less: ['json_object', 'vision.url', 'parallel_tool_calls', 'strict_tools', 'message.name', 'end_user'],
    more: ['sampling.top_k'],
  }),
  amend,
});

/** Tool choices are words here. */
function amend(body: WireBody, _request: UpstreamRequest, support: Support): void {
  if (typeof body.tool_choice !== 'object') return;
  body.tool_choice = 'required';
  support.adjusted('tool_choice', 'a single tool cannot be demanded here, so any of them is');
}
