// Hugging Face's router to many hosts; a model's name may end with `:` and a host, `fastest` or `cheapest`.
import { differing } from '../capability.ts';
import type { ProviderCodec } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor, type Vendor } from '../openai-compatible/vendor.ts';

const huggingFace: Vendor = {
  ...genericVendor,
  id: 'hugging-face',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  capabilities: differing(compatibleCapabilities, { less: ['embeddings', 'embedding.dimensions'] }),
  wires: ['chat', 'responses'],
};

/** The organization is the one that is billed; without one it is the holder of the token. */
export function huggingFaceCodec({ organization }: { readonly organization?: string | undefined }): ProviderCodec {
  const billed: Record<string, string> = organization === undefined ? {} : { 'x-hf-bill-to': organization };
  return codecForVendor({ ...huggingFace, authorize: (credential) => ({ ...bearer(credential), ...billed }) });
}
