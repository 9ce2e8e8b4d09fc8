import type { Secret } from '@waybill/kernel';

/** What a provider is. */
export type ProviderKind = 'openai' | 'anthropic' | 'gemini' | 'ollama' | 'openai-compatible' | 'simulator';

/** The wire format spoken with a provider: the id of its codec. */
export type Dialect = 'openai' | 'anthropic' | 'gemini' | 'ollama' | 'openai-compatible';

export interface ProviderConfiguration {
  readonly id: string;
  readonly kind: ProviderKind;
  /** Same as the kind, except for a simulator, which speaks the one named (default openai). */
  readonly dialect: Dialect;
  /** Where it is reached; undefined only for a simulator that the process starts itself. No slash at the end. */
  readonly baseUrl: string | undefined;
  /** Undefined where the kind needs none. */
  readonly apiKey: Secret | undefined;
  readonly timeouts: ProviderTimeouts;
}

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
