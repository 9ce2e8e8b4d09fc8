// vLLM, a server for open models: the dialect with what its own sampler takes.
import { differing } from '../capability.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor } from '../openai-compatible/vendor.ts';

export const vllmCodec = codecForVendor({
  ...genericVendor,
  id: 'vllm',
  defaultBaseUrl: 'http://localhost:8000/v1',
  capabilities: differing(compatibleCapabilities, { more: ['sampling.top_k', 'audio_input'] }),
});
