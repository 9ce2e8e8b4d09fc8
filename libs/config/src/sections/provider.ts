import type { Secret } from '@waybill/kernel';
import { z } from 'zod';
import { choice, flag, httpUrl, identifier, milliseconds, secret, section, wholeNumber } from '../reading/fields.ts';
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
  /** Undefined where the kind needs none; the first of several. */
  readonly apiKey: Secret | undefined;
  /** Calls are shared out among them; undefined where there is one or none. */
  readonly apiKeys?: readonly ProviderKey[] | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  readonly drain?: Drain | undefined;
  readonly timeouts: ProviderTimeouts;
  /** `anthropic-version`, where the dialect is Anthropic's and the file names one. */
  readonly apiVersion?: string | undefined;
  /** For kind github-copilot alone. */
  readonly copilot?: CopilotConfiguration | undefined;
}

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
  /** From the request sent to the first byte of the answer; default 30,000. */
  readonly firstByteMs: number;
  /** From the request sent to the first of a streamed answer itself, whatever comes before it; default 120,000. */
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

const apiVersion = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'is wrong; give a version such as 2026-10-21' });

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
  api_keys: apiKeys.optional(),
  health_check: healthCheck.prefault({}),
  drain: drain.prefault({}),
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
  if (facts.keyVariable !== undefined && given.api_key === undefined && given.api_keys === undefined) {
    refuse('api_key', `is missing; write \${${facts.keyVariable}} and set that variable, or remove the provider`);
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
    healthCheck: given.health_check,
    drain: { withinMs: given.drain.within_ms ?? (given.kind === 'ollama' ? 0 : 10_000), tokens: given.drain.tokens },
    timeouts: given.timeouts,
    apiVersion: given.api_version,
    copilot: copilotOf(given, refuse),
  };
});
