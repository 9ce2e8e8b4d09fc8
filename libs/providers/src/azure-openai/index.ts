// OpenAI's models at Azure: by deployments and an api-version as it began, or by the v1 address without either.
import type { Endpoint, ProviderCodec, UpstreamRequest, Wire } from '../codec.ts';
import { bearer, keyHeader } from '../encoding/authorization.ts';
import type { Support } from '../encoding/support.ts';
import { adjustEffort, openAiVendor } from '../openai/index.ts';
import { wireOf } from '../openai/models.ts';
import { codecForVendor } from '../openai-compatible/index.ts';
import type { WireBody } from '../openai-compatible/vendor.ts';

/** How a resource is asked. */
export interface AzureSettings {
  /** Such as `2024-10-21`; without one the v1 address is used. */
  readonly apiVersion?: string | undefined;
  /** A key of the resource, or a token of Microsoft Entra; default key. */
  readonly auth?: 'key' | 'bearer' | undefined;
}

/** The first classic version with responses. */
const responsesSince = '2025-03-01';

export function azureOpenAiCodec({ apiVersion, auth = 'key' }: AzureSettings): ProviderCodec {
  const hasResponses = apiVersion === undefined || apiVersion >= responsesSince;
  const usualWire = (request: UpstreamRequest): Wire => (hasResponses ? wireOf(request) : 'chat');
  return codecForVendor({
    ...openAiVendor,
    id: 'azure-openai',
    defaultBaseUrl: undefined,
    hidesModels: true,
    wires: hasResponses ? ['chat', 'responses', 'completions'] : ['chat', 'completions'],
    defaultWire: usualWire,
    endpoint: (path, { upstreamModel }) =>
      apiVersion === undefined
        ? { method: 'POST', path: `/openai/v1${path}` }
        : classic(path, upstreamModel, apiVersion),
    authorize: (credential) => (auth === 'bearer' ? bearer(credential) : keyHeader('api-key', credential)),
    endUserField: 'user',
    amend,
  });
}

/** Responses are asked of the resource, everything else of a deployment. */
function classic(path: string, deployment: string, apiVersion: string): Endpoint {
  const place = path === '/responses' ? '' : `/deployments/${encodeURIComponent(deployment)}`;
  return { method: 'POST', path: `/openai${place}${path}`, query: { 'api-version': apiVersion } };
}

function amend(body: WireBody, request: UpstreamRequest, support: Support): void {
  if (request.wire !== 'responses') adjustEffort(body, request, support);
}
