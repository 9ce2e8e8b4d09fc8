// Hugging Face's router to many hosts; a model's name may end with `:` and a host, `fastest` or `cheapest`.
import { differing } from '../capability.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor } from '../openai-compatible/vendor.ts';

export const huggingFaceCodec = codecForVendor({
  ...genericVendor,
  id: 'hugging-face',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  capabilities: differing(compatibleCapabilities, { less: ['embeddings', 'embedding.dimensions'] }),
  wires: ['chat', 'responses'],
});
