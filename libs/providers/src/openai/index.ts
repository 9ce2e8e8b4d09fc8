// OpenAI itself: its wires with its models' peculiarities.
import type { ProviderCodec, UpstreamRequest } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import type { Support } from '../encoding/support.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor, type Vendor, type WireBody } from '../openai-compatible/vendor.ts';
import { fileBatches } from './batch.ts';
import { openAiCapabilities } from './capabilities.ts';
import { isReasoner, refusedBy, toolsNeedEffortNone, wireOf } from './models.ts';

export const openAiVendor: Vendor = {
  ...genericVendor,
  id: 'openai',
  defaultBaseUrl: 'https://api.openai.com/v1',
  capabilities: openAiCapabilities,
  wires: ['responses', 'chat', 'completions'],
  defaultWire: wireOf,
  refuses: refusedBy,
  isReasoner,
  capField: 'max_completion_tokens',
  endUserField: 'safety_identifier',
  mostEmbeddingInputs: 2048,
  amend,
};

/** Whom a request is counted for, where the key belongs to several. */
export interface OpenAiSettings {
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
}

export function openAiCodecFor({ organization, project }: OpenAiSettings): ProviderCodec {
  const account: Record<string, string> = {};
  if (organization !== undefined) account['openai-organization'] = organization;
  if (project !== undefined) account['openai-project'] = project;
  const codec = codecForVendor({
    ...openAiVendor,
    authorize: (credential) => ({ ...bearer(credential), ...account }),
  }) as ProviderCodec;
  return { ...codec, batches: fileBatches(codec) };
}

export const openAiCodec = openAiCodecFor({});

function amend(body: WireBody, request: UpstreamRequest, support: Support): void {
  const { stream, wire, call } = request;
  if (call.task?.$case !== 'chat') return;
  if (wire === 'responses') {
    if (stream) body.stream_options = { include_obfuscation: false };
    return;
  }
  if (stream) body.stream_options = { include_usage: true, include_obfuscation: false };
  adjustEffort(body, request, support);
}

/** Makes a chat with tools one that its model takes. */
export function adjustEffort(body: WireBody, { upstreamModel }: UpstreamRequest, support: Support): void {
  if (body.tools === undefined || !toolsNeedEffortNone(upstreamModel) || body.reasoning_effort === 'none') return;
  body.reasoning_effort = 'none';
  support.adjusted('reasoning', `${upstreamModel} takes tools here only with the reasoning effort none`);
}
