// xAI: responses, which it prefers, and chat completions, whose usage leaves reasoning out of the completion.
import { type Capability, differing } from '../capability.ts';
import type { UpstreamRequest, Wire } from '../codec.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor } from '../openai-compatible/vendor.ts';
import { readXaiUsage } from './usage.ts';

const reasoningModel = /^grok-(?:[4-9]|3-mini)/;
/** They reason, but take no effort. */
const fixedEffort = /^grok-4(?:$|-0|-fast|-latest)/;

export const xaiCodec = codecForVendor({
  ...genericVendor,
  id: 'xai',
  defaultBaseUrl: 'https://api.x.ai/v1',
  capabilities: differing(compatibleCapabilities, { less: ['embeddings', 'embedding.dimensions'] }),
  wires: ['chat', 'responses'],
  defaultWire,
  refuses,
  isReasoner: (model) => reasoningModel.test(model),
  readUsage: readXaiUsage,
});

/** Of a name that is none of xAI's nothing is assumed. */
function refuses({ upstreamModel }: UpstreamRequest): readonly Capability[] {
  if (!upstreamModel.startsWith('grok-')) return [];
  if (!reasoningModel.test(upstreamModel)) return ['reasoning', 'reasoning.replay'];
  const ofAll: Capability[] = ['stop_sequences', 'sampling.frequency_penalty', 'sampling.presence_penalty'];
  return fixedEffort.test(upstreamModel) ? [...ofAll, 'reasoning'] : ofAll;
}

function defaultWire({ upstreamModel }: UpstreamRequest): Wire {
  return reasoningModel.test(upstreamModel) ? 'responses' : 'chat';
}
