// Keys that must be seen nowhere, the gateway that is given them, and the search for them.
import { misbehaviours, refusals } from './hostile-provider.ts';

export const canaries = {
  openai: 'sk-canary-openai-7f3a9c1e5b2d',
  anthropic: 'sk-ant-canary-8e4b0d2f6c3a',
  gemini: 'AIzaCanary-9d5c1e3a7b4f0d2e',
  cohere: 'canary-cohere-0c6d2f4b8a5e',
  compatible: 'canary-compatible-1b7e3a5d9c6f',
  away: 'canary-away-2a8f4c6e0b7d',
  tenant: 'canary-tenant-own-3f9a5d7b1c8e',
  newer: 'canary-tenant-newer-4e0b6c8d2f9a',
  virtual: 'canary-virtual-key-5d1c7e9a3b0f',
} as const;

/** Provider kinds, each with its canary; the environment's variables hold them. */
const kinds = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gemini',
  cohere: 'cohere',
  compatible: 'openai-compatible',
} as const;

export type ProviderName = keyof typeof kinds | 'away';

export const providerNames: readonly ProviderName[] = [...(Object.keys(kinds) as (keyof typeof kinds)[]), 'away'];

/** Of the process that is given the keys. */
export const canaryEnvironment = Object.fromEntries(
  Object.entries(canaries).map(([name, value]) => [variableOf(name), value]),
);

function variableOf(name: string): string {
  return `CANARY_${name.toUpperCase()}`;
}

export function modelOf(provider: string, misbehaviour: string): string {
  return `${provider}-${misbehaviour}`;
}

const timeouts = { connect_ms: 500, first_byte_ms: 300, idle_ms: 300, total_ms: 1_500 };

const ways = Object.keys({ ...misbehaviours, ...refusals });

/** Each provider with a model for each way to go wrong; `away` is at a port where nobody listens. */
export function canaryConfiguration(hostileUrl: string, more: Readonly<Record<string, unknown>> = {}) {
  const provider = (id: ProviderName, kind: string, base_url: string) => ({
    ...{ id, kind, base_url, timeouts, api_key: `\${${variableOf(id)}}` },
  });
  const known = Object.entries(kinds).map(([id, kind]) => provider(id as ProviderName, kind, hostileUrl));
  const model = (id: ProviderName, misbehaviour: string) => ({
    id: modelOf(id, misbehaviour),
    provider: id,
    upstream_model: `hostile-${misbehaviour}`,
    capabilities: ['chat', 'streaming', 'embeddings'],
    context_window: 10_000,
    max_output_tokens: 1_000,
    prices: 'free',
  });
  return {
    providers: [...known, provider('away', 'openai', 'http://127.0.0.1:1')],
    models: [
      ...Object.keys(kinds).flatMap((id) => ways.map((each) => model(id as ProviderName, each))),
      model('away', 'refused'),
    ],
    keys: [
      { id: 'team', secret: `\${${variableOf('virtual')}}`, tenant: 'acme', manages_provider_keys: true },
      { id: 'other', secret: 'a-key-of-another-tenant', tenant: 'zeta' },
    ],
    tenant_keys: { allow_private: true, ...(more.tenant_keys as object | undefined) },
    telemetry: { log_level: 'debug' },
  };
}

/** Which canaries are in the text, in any of the forms that programs write it in. */
export function canariesIn(text: string | Uint8Array): string[] {
  const bytes = Buffer.from(text);
  return Object.entries(canaries).flatMap(([name, value]) => {
    const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('hex'), ...base64Forms(value)];
    return forms.some((form) => bytes.includes(form)) ? [name] : [];
  });
}

/** What is left of it in base64 wherever in a text it begins. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${' '.repeat(before)}${value}`).toString('base64');
    return encoded.slice(before === 0 ? 0 : 4, -4);
  });
}
