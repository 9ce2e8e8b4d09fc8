// GitHub Copilot: the OpenAI dialect behind a token that is exchanged for the configured one. Not a published contract.
import { type Call, Role } from '@waybill/contracts';
import type { HttpHeaders, ProviderCodec } from '../codec.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import { genericVendor } from '../openai-compatible/vendor.ts';

const codec = codecForVendor({
  ...genericVendor,
  id: 'github-copilot',
  defaultBaseUrl: 'https://api.githubcopilot.com',
  capabilities: compatibleCapabilities,
  joinsChoices: true,
});

export const githubCopilotCodec: ProviderCodec = {
  ...codec,
  encode(request) {
    const encoded = codec.encode(request);
    if (!encoded.ok) return encoded;
    const headers = { ...encoded.value.headers, ...headersAbout(request.call) };
    return { ok: true, value: { ...encoded.value, headers } };
  },
};

/** What the service wants to know of a request: whether a person asks or a program goes on, and whether there is a picture. */
function headersAbout({ task }: Call): HttpHeaders {
  if (task?.$case !== 'chat') return {};
  const { messages } = task.value;
  const initiator = (messages.at(-1)?.role ?? Role.USER) === Role.USER ? 'user' : 'agent';
  const seesPicture = messages.some(({ parts }) => parts.some(({ part }) => part?.$case === 'image'));
  return { 'x-initiator': initiator, ...(seesPicture ? { 'copilot-vision-request': 'true' } : {}) };
}
