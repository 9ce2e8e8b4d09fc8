import type { Secret } from '@waybill/kernel';
import { z } from 'zod';
import { choice, httpUrl, identifier, milliseconds, secret, section } from '../reading/fields.ts';
import { type CopilotConfiguration, copilotFields, copilotOf } from './copilot.ts';

/** What a provider is. */
export type ProviderKind =
  | 'github-copilot'
  | 'openai'
  | 'anthropic'
  | 'gemini'
  | 'ollama'
  | 'openai-compatible'
  | 'cohere'
  | 'simulator';

/** The wire format spoken with a provider: the id of its codec. */
export type Dialect = 'github-copilot' | 'openai' | 'anthropic' | 'gemini' | 'ollama' | 'openai-compatible' | 'cohere';

export interface ProviderConfiguration {
  readonly id: string;
  readonly kind: ProviderKind;
  /** Same as the kind, except for a simulator, which speaks the one named (default openai). */
  readonly dialect: Dialect;
  /** Where it is reached; undefined only for a simulator that the process starts itself. No slash at the end. */
  readonly baseUrl: string | undefined;
  /** Undefined where the kind needs none. */
  readonly apiKey: Secret | undefined;
  /** Whether calls of a tenant that has stored a key of its own go out by that one; default `allowed`. */
  readonly tenantKeys?: TenantKeysUse | undefined;
  readonly timeouts: ProviderTimeouts;
  /** `anthropic-version`, where the dialect is Anthropic's and the file names one. */
  readonly apiVersion?: string | undefined;
  /** For kind github-copilot alone. */
  readonly copilot?: CopilotConfiguration | undefined;
}

/** `required`: there is no shared key, and tenants without one of their own are refused. `refused`: the shared one alone. */
export type TenantKeysUse = 'allowed' | 'required' | 'refused';

/** Milliseconds. */
export interface ProviderTimeouts {
  /** Until the connection stands; default 3,000. */
  readonly connectMs: number;
  /** From the request sent to the first byte of the answer; default 30,000. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer; default 30,000. */
  readonly idleMs: number;
  /** For the whole attempt; default 600,000. */
  readonly totalMs: number;
}

/** What is known of each kind without asking. */
interface KindFacts {
  readonly baseUrl?: string;
  /** The variable that holds its key; without it the kind needs no key. */
  readonly keyVariable?: string;
  readonly urlVariable?: string;
}

export const kindFacts: Readonly<Record<ProviderKind, KindFacts>> = {
  openai: { baseUrl: 'https://api.openai.com/v1', keyVariable: 'OPENAI_API_KEY' },
  anthropic: { baseUrl: 'https://api.anthropic.com', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta', keyVariable: 'GOOGLE_API_KEY' },
  ollama: { baseUrl: 'http://localhost:11434', urlVariable: 'OLLAMA_BASE_URL' },
  'openai-compatible': {},
  'github-copilot': { baseUrl: 'https://api.githubcopilot.com', keyVariable: 'GITHUB_COPILOT_TOKEN' },
  cohere: { baseUrl: 'https://api.cohere.com', keyVariable: 'COHERE_API_KEY' },
  simulator: {},
};

const kinds = Object.keys(kindFacts) as ProviderKind[];
const simulatedDialects = ['openai', 'anthropic', 'gemini', 'ollama', 'cohere'] as const;
const kindsNotYet = ['azure-openai'];

const kind = z.unknown().transform((value, context): ProviderKind => {
  if (kinds.includes(value as ProviderKind)) return value as ProviderKind;
  const wrong =
    value === undefined ? 'is missing' : kindsNotYet.includes(value as string) ? 'is not available yet' : 'is wrong';
  context.issues.push({ code: 'custom', input: value, message: `${wrong}; give one of ${kinds.join(', ')}` });
  return z.NEVER;
});

const timeouts = section({
  connect_ms: milliseconds.default(3_000),
  first_byte_ms: milliseconds.default(30_000),
  idle_ms: milliseconds.default(30_000),
  total_ms: milliseconds.default(600_000),
}).transform(
  (given): ProviderTimeouts => ({
    connectMs: given.connect_ms,
    firstByteMs: given.first_byte_ms,
    idleMs: given.idle_ms,
    totalMs: given.total_ms,
  }),
);

const apiVersion = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'is wrong; give a version such as 2026-10-21' });

/** One entry of `providers`. */
export const providerSection = section({
  id: identifier,
  kind,
  dialect: choice(simulatedDialects).optional(),
  base_url: httpUrl.optional(),
  api_key: secret.optional(),
  tenant_keys: choice(['allowed', 'required', 'refused']).default('allowed'),
  timeouts: timeouts.prefault({}),
  api_version: apiVersion.optional(),
  ...copilotFields,
}).transform((given, context): ProviderConfiguration => {
  const facts = kindFacts[given.kind];
  const isSimulator = given.kind === 'simulator';
  const refuse = (key: string, message: string) =>
    context.issues.push({ code: 'custom', input: given, path: [key], message });
  if (given.dialect !== undefined && !isSimulator) {
    refuse('dialect', 'is for kind simulator alone; remove it');
  }
  const dialect = given.kind === 'simulator' ? (given.dialect ?? 'openai') : given.kind;
  if (given.api_version !== undefined && dialect !== 'anthropic') {
    refuse('api_version', 'is for anthropic alone; remove it');
  }
  const isShared = given.tenant_keys !== 'required';
  if (facts.keyVariable !== undefined && given.api_key === undefined && isShared) {
    refuse('api_key', `is missing; write \${${facts.keyVariable}} and set that variable, or remove the provider`);
  }
  if (given.api_key !== undefined && !isShared) {
    refuse('api_key', 'is for tenants without a key of their own, and tenant_keys: required refuses those; remove one');
  }
  if (facts.baseUrl === undefined && given.base_url === undefined && !isSimulator) {
    refuse('base_url', `is missing; ${given.kind} has no address of its own`);
  }
  return {
    id: given.id,
    kind: given.kind,
    dialect,
    baseUrl: given.base_url ?? facts.baseUrl,
    apiKey: given.api_key,
    tenantKeys: given.tenant_keys,
    timeouts: given.timeouts,
    apiVersion: given.api_version,
    copilot: copilotOf(given, refuse),
  };
});
