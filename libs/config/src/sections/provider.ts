import type { Secret } from '@waybill/kernel';
import { z } from 'zod';
import {
  choice,
  flag,
  httpUrl,
  identifier,
  milliseconds,
  secret,
  section,
  text,
  wholeNumber,
} from '../reading/fields.ts';
import { type CopilotConfiguration, copilotFields, copilotOf } from './copilot.ts';

/** The wire formats spoken with providers that a simulator can speak too: the ids of the codecs. */
const simulatedDialects = [
  ...(['openai', 'anthropic', 'gemini', 'ollama', 'openai-compatible', 'cohere'] as const),
  ...(['azure-openai', 'mistral', 'xai', 'hugging-face', 'vllm', 'lm-studio'] as const),
];

/** The wire format spoken with a provider: the id of its codec. */
export type Dialect = (typeof simulatedDialects)[number] | 'github-copilot';

/** What a provider is. */
export type ProviderKind = Dialect | 'simulator';

export interface ProviderConfiguration {
  readonly id: string;
  readonly kind: ProviderKind;
  /** Same as the kind, except for a simulator, which speaks the one named (default openai). */
  readonly dialect: Dialect;
  /** Where it is reached; undefined only for a simulator that the process starts itself. No slash at the end. */
  readonly baseUrl: string | undefined;
  /** Undefined where the kind needs none; the first of several. */
  readonly apiKey: Secret | undefined;
  /** Calls are shared out among them; undefined where there is one or none. */
  readonly apiKeys?: readonly ProviderKey[] | undefined;
  /** Whether calls of a tenant that has stored a key of its own go out by that one; default `allowed`. */
  readonly tenantKeys?: TenantKeysUse | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  readonly drain?: Drain | undefined;
  /** The version of its interface, where the provider has several; undefined for the usual one. */
  readonly apiVersion?: string | undefined;
  /** How the credential is shown: the key in a header of its own, or a token of Microsoft Entra. Azure alone. */
  readonly auth?: (typeof auths)[number] | undefined;
  /** Whom OpenAI counts or Hugging Face bills requests for; undefined for the usual one of the key. */
  readonly organization?: string | undefined;
  /** Which project of the organization OpenAI counts them for. */
  readonly project?: string | undefined;
  readonly timeouts: ProviderTimeouts;
  /** To its origin at a time; a call waits for one within its time to the first byte. Default 256. */
  readonly connections?: number | undefined;
  /** For kind github-copilot alone. */
  readonly copilot?: CopilotConfiguration | undefined;
}

/** `required`: there is no shared key, and tenants without one of their own are refused. `refused`: the shared one alone. */
export type TenantKeysUse = 'allowed' | 'required' | 'refused';

/** One of several keys of a provider. */
export interface ProviderKey {
  /** Names it where it must not be shown; default: its place in the list, from 1. */
  readonly id: string;
  readonly key: Secret;
  /** Its share of the calls, beside the weights of the others; default 1. */
  readonly weight: number;
}

/**
 * How long the answer of a caller who left is read on, for its usage. A provider that bills what it generated until the
 * connection closed is best left at once; one that bills the whole answer, or says its usage at the end alone, is not.
 */
export interface Drain {
  /** Milliseconds; 0 leaves at once; default 10,000, and 0 for ollama, which bills nothing. */
  readonly withinMs: number;
  /** Of the answer, estimated; default 250,000. */
  readonly tokens: number;
}

/** Asking a provider that failed, or does not take a key, for its list of models, which costs nothing. */
export interface HealthCheck {
  /** Default true; set it to false for a provider that charges for that. */
  readonly enabled: boolean;
  /** Pause between two checks, milliseconds; default 5,000. */
  readonly everyMs: number;
}

/** Milliseconds. */
export interface ProviderTimeouts {
  /** Until the connection stands; default 3,000. */
  readonly connectMs: number;
  /** From the request sent to the first byte of a streamed answer; default 30,000. */
  readonly firstByteMs: number;
  /**
   * From the request sent to the first of a streamed answer itself, whatever comes before it, and to the first byte of
   * an answer in one piece, which comes when all of it has been generated; default 120,000.
   */
  readonly firstTokenMs?: number;
  /** Without a whole frame or a kilobyte of the answer; default 30,000. */
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
  /** How long a provider that nobody waits for is read on for its usage, unless configured; 0 where nothing is billed. */
  readonly drainWithinMs?: number;
}

export const kindFacts: Readonly<Record<ProviderKind, KindFacts>> = {
  openai: { baseUrl: 'https://api.openai.com/v1', keyVariable: 'OPENAI_API_KEY' },
  anthropic: { baseUrl: 'https://api.anthropic.com', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta', keyVariable: 'GOOGLE_API_KEY' },
  ollama: { baseUrl: 'http://localhost:11434', urlVariable: 'OLLAMA_BASE_URL', drainWithinMs: 0 },
  'openai-compatible': {},
  'github-copilot': { baseUrl: 'https://api.githubcopilot.com', keyVariable: 'GITHUB_COPILOT_TOKEN' },
  'azure-openai': { keyVariable: 'AZURE_OPENAI_API_KEY', urlVariable: 'AZURE_OPENAI_ENDPOINT' },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', keyVariable: 'MISTRAL_API_KEY' },
  xai: { baseUrl: 'https://api.x.ai/v1', keyVariable: 'XAI_API_KEY' },
  'hugging-face': { baseUrl: 'https://router.huggingface.co/v1', keyVariable: 'HF_TOKEN' },
  vllm: { baseUrl: 'http://localhost:8000/v1' },
  'lm-studio': { baseUrl: 'http://localhost:1234/v1', urlVariable: 'LM_STUDIO_BASE_URL' },
  cohere: { baseUrl: 'https://api.cohere.com', keyVariable: 'COHERE_API_KEY' },
  simulator: {},
};

const everyWire = ['chat', 'responses', 'completions'];

/** The values of `models[].wire`, by the dialect of the model's provider; others ask in one way alone. */
export const wiresOf: Readonly<Partial<Record<Dialect, readonly string[]>>> = {
  openai: everyWire,
  'openai-compatible': everyWire,
  'azure-openai': everyWire,
  vllm: everyWire,
  'lm-studio': everyWire,
  xai: ['chat', 'responses'],
  'hugging-face': ['chat', 'responses'],
  mistral: ['chat'],
  'github-copilot': ['chat', 'responses'],
};

const kinds = Object.keys(kindFacts) as ProviderKind[];
const auths = ['key', 'bearer'] as const;
type Particular = 'api_version' | 'auth' | 'organization' | 'project';

/** Settings that not every dialect has. */
const takersOf: Readonly<Record<Particular, readonly Dialect[]>> = {
  api_version: ['anthropic', 'azure-openai'],
  auth: ['azure-openai'],
  organization: ['openai', 'hugging-face'],
  project: ['openai'],
};

const kind = z.unknown().transform((value, context): ProviderKind => {
  if (kinds.includes(value as ProviderKind)) return value as ProviderKind;
  const wrong = value === undefined ? 'is missing' : 'is wrong';
  context.issues.push({ code: 'custom', input: value, message: `${wrong}; give one of ${kinds.join(', ')}` });
  return z.NEVER;
});

const timeouts = section({
  connect_ms: milliseconds.default(3_000),
  first_byte_ms: milliseconds.default(30_000),
  first_token_ms: milliseconds.default(120_000),
  idle_ms: milliseconds.default(30_000),
  total_ms: milliseconds.default(600_000),
}).transform(
  (given): ProviderTimeouts => ({
    connectMs: given.connect_ms,
    firstByteMs: given.first_byte_ms,
    firstTokenMs: given.first_token_ms,
    idleMs: given.idle_ms,
    totalMs: given.total_ms,
  }),
);

const apiVersion = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(-preview)?$/, { error: 'is wrong; give a version such as 2026-10-21' });

const healthCheck = section({
  enabled: flag.default(true),
  every_ms: wholeNumber({ least: 100, most: 86_400_000, unit: 'milliseconds' }).default(5_000),
}).transform((given): HealthCheck => ({ enabled: given.enabled, everyMs: given.every_ms }));

const drain = section({
  within_ms: milliseconds.optional(),
  tokens: wholeNumber({ least: 0, most: 10_000_000, unit: 'tokens' }).default(250_000),
});

const apiKeys = z
  .array(
    section({
      id: identifier.optional(),
      key: secret,
      weight: wholeNumber({ least: 1, most: 1_000, unit: 'weight' }).default(1),
    }),
    'is wrong; give a list such as [{ key: ..., weight: 2 }]',
  )
  .min(1, 'is empty; give at least one key, or remove it')
  .transform((given, context): ProviderKey[] => {
    const keys = given.map(({ id, ...rest }, index) => ({ id: id ?? String(index + 1), ...rest }));
    keys.forEach(({ id }, index) => {
      if (keys.findIndex((other) => other.id === id) === index) return;
      context.issues.push({ code: 'custom', input: given, path: [index, 'id'], message: 'is taken; give another' });
    });
    return keys;
  });

/** One entry of `providers`. */
export const providerSection = section({
  id: identifier,
  kind,
  dialect: choice(simulatedDialects).optional(),
  base_url: httpUrl.optional(),
  api_key: secret.optional(),
  tenant_keys: choice(['allowed', 'required', 'refused']).default('allowed'),
  api_keys: apiKeys.optional(),
  health_check: healthCheck.prefault({}),
  drain: drain.prefault({}),
  auth: choice(auths).optional(),
  organization: text.optional(),
  project: text.optional(),
  timeouts: timeouts.prefault({}),
  connections: wholeNumber({ least: 1, most: 10_000, unit: 'connections' }).default(256),
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
  for (const key of Object.keys(takersOf) as Particular[]) {
    const takers = takersOf[key];
    const isOdd = given[key] !== undefined && !takers.includes(dialect);
    if (isOdd) refuse(key, `is for ${takers.join(' and ')} alone; remove it`);
  }
  const isShared = given.tenant_keys !== 'required';
  const hasKey = given.api_key !== undefined || given.api_keys !== undefined;
  if (facts.keyVariable !== undefined && !hasKey && isShared) {
    refuse('api_key', `is missing; write \${${facts.keyVariable}} and set that variable, or remove the provider`);
  }
  if (hasKey && !isShared) {
    const field = given.api_key === undefined ? 'api_keys' : 'api_key';
    refuse(field, 'is for tenants without a key of their own, and tenant_keys: required refuses those; remove one');
  }
  if (given.api_key !== undefined && given.api_keys !== undefined) {
    refuse('api_key', 'is given beside api_keys; move it into that list');
  }
  if (facts.baseUrl === undefined && given.base_url === undefined && !isSimulator) {
    refuse('base_url', `is missing; ${given.kind} has no address of its own`);
  }
  return {
    id: given.id,
    kind: given.kind,
    dialect,
    baseUrl: given.base_url ?? facts.baseUrl,
    apiKey: given.api_key ?? given.api_keys?.[0]?.key,
    apiKeys: given.api_keys,
    tenantKeys: given.tenant_keys,
    healthCheck: given.health_check,
    drain: { withinMs: given.drain.within_ms ?? facts.drainWithinMs ?? 10_000, tokens: given.drain.tokens },
    auth: given.auth,
    organization: given.organization,
    project: given.project,
    timeouts: given.timeouts,
    connections: given.connections,
    apiVersion: given.api_version,
    copilot: copilotOf(given, refuse),
  };
});
