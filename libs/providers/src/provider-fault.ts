// What went wrong at a provider and what may be done about it: facts by status, refined by each vendor's code field.
import { type Fault, type FaultKind, fault } from '@waybill/kernel';

/** A fault that tells the one retry layer, the breakers and the books what to do. */
export interface ProviderFault extends Fault {
  /** The provider's fault, not the call's: breakers and health count it. */
  readonly providerAtFault: boolean;
  /** The same request to the same target may work later. */
  readonly retrySame: boolean;
  /** Another candidate may work. */
  readonly retryOther: boolean;
  /** Tokens may have been generated, so the provider may bill. */
  readonly mayHaveBilled: boolean;
  /** The key or the account behind it is not accepted; others may be. */
  readonly credentialBad: boolean;
}

/** Either a value or a provider's fault. */
export type ProviderResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: ProviderFault };

/** What a fault calls for. */
export interface Conduct {
  readonly kind: FaultKind;
  readonly providerAtFault: boolean;
  readonly retrySame: boolean;
  readonly retryOther: boolean;
  readonly mayHaveBilled: boolean;
  readonly credentialBad: boolean;
}

const nothing = {
  providerAtFault: false,
  retrySame: false,
  retryOther: false,
  mayHaveBilled: false,
  credentialBad: false,
};

/** The conducts there are; a vendor's table maps its codes to these names. */
export const conducts = {
  /** The request is wrong for this model; sending it again is of no use. */
  invalid: { ...nothing, kind: 'invalid' },
  tooLarge: { ...nothing, kind: 'too_large' },
  /** Longer than this model's window; a model with a larger one may take it. */
  contextLength: { ...nothing, kind: 'too_large', retryOther: true },
  credential: { ...nothing, kind: 'unavailable', retryOther: true, credentialBad: true },
  /** Money or quota is used up: waiting seconds is of no use. */
  exhausted: { ...nothing, kind: 'unavailable', retryOther: true },
  /** No access to this model, or no such model here. */
  noModel: { ...nothing, kind: 'unavailable', retryOther: true },
  rateLimited: { ...nothing, kind: 'limited', retrySame: true, retryOther: true },
  /** A limit per day or longer. */
  longLimited: { ...nothing, kind: 'limited', retryOther: true },
  conflict: { ...nothing, kind: 'unavailable', retrySame: true, retryOther: true },
  /** Refused before any work. */
  overloaded: { ...nothing, kind: 'unavailable', providerAtFault: true, retrySame: true, retryOther: true },
  broken: {
    ...nothing,
    kind: 'upstream',
    providerAtFault: true,
    retrySame: true,
    retryOther: true,
    mayHaveBilled: true,
  },
  timeout: {
    ...nothing,
    kind: 'timeout',
    providerAtFault: true,
    retrySame: true,
    retryOther: true,
    mayHaveBilled: true,
  },
  /** Something else answers at this address, or in another way than this dialect does. */
  foreign: { ...nothing, kind: 'upstream', retryOther: true },
} as const satisfies Record<string, Conduct>;

export type ConductName = keyof typeof conducts;

const byStatus: Readonly<Record<number, ConductName>> = {
  400: 'invalid',
  401: 'credential',
  402: 'exhausted',
  403: 'noModel',
  404: 'noModel',
  408: 'timeout',
  409: 'conflict',
  413: 'tooLarge',
  422: 'invalid',
  429: 'rateLimited',
  499: 'timeout',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

/** What an HTTP status alone calls for. */
export function conductOfStatus(status: number): ConductName {
  const known = byStatus[status];
  if (known) return known;
  return status >= 500 ? 'broken' : 'foreign';
}

/**
 * What a vendor's word calls for, as far as its status does not say more: "invalid" is what many servers write beside
 * any status that is no success, a time-out among them. Undefined where the status decides.
 */
export function statusBefore(named: ConductName | undefined, status: number | undefined): ConductName | undefined {
  const saysMore = named === 'invalid' && status !== undefined && status !== 400 && status !== 422;
  return saysMore ? undefined : named;
}

/** What a vendor's error says, read by its schema. */
export interface VendorError {
  readonly conduct: ConductName;
  readonly status?: number | undefined;
  /** The vendor's code or type field. */
  readonly code?: string | undefined;
  /** Why a filter refused, in the vendor's words. */
  readonly reason?: string | undefined;
  /** The vendor's text, for people. */
  readonly text?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

const titles: Record<ConductName, string> = {
  invalid: 'the provider refused the request',
  tooLarge: 'the request is too large for the provider',
  contextLength: "the prompt is longer than the model's context window",
  credential: 'the provider did not accept the configured credential',
  exhausted: "the provider's quota or credit is used up",
  noModel: 'the provider has no such model for this account',
  rateLimited: "the provider's rate limit was reached",
  longLimited: "the provider's long-term limit was reached",
  conflict: 'the provider reported a conflict',
  overloaded: 'the provider is overloaded',
  broken: 'the provider failed',
  timeout: 'the provider took too long',
  foreign: "the answer is not in the provider's dialect",
};

/**
 * The fault for a vendor's error. `details` holds `provider_status`, `provider_code`, `provider_reason` and `conduct`; the vendor's text
 * is in the message, shortened, except where a credential is concerned, since vendors repeat keys there.
 */
export function providerFault(error: VendorError): ProviderFault {
  const text = error.conduct === 'credential' ? '' : presentable(error.text ?? '');
  const message = text === '' ? titles[error.conduct] : `${titles[error.conduct]}: ${text}`;
  const details: Record<string, string> = { conduct: error.conduct };
  if (error.status !== undefined) details.provider_status = String(error.status);
  if (error.code !== undefined && error.code !== '') details.provider_code = error.code.slice(0, 100);
  if (error.reason !== undefined) details.provider_reason = error.reason.slice(0, 100);
  const { kind, ...conduct } = conducts[error.conduct];
  return { ...fault(kind, message, { details, retryAfterMs: believable(error.retryAfterMs) }), ...conduct };
}

/** A fault of an answer that had begun: whatever its cause, the provider may bill for it. */
export function midStreamFault(error: VendorError): ProviderFault {
  return { ...providerFault(error), mayHaveBilled: true };
}

/** No hint is believed beyond this. */
export const maxRetryHintMs = 3_600_000;

/** A hint in whole milliseconds, from 0 to the most that is believed. */
export function believable(hintMs: number | undefined): number | undefined {
  return hintMs === undefined ? undefined : Math.ceil(Math.min(Math.max(hintMs, 0), maxRetryHintMs));
}

const secretLike = /\b(?:(?:sk|pk|rk|gsk|xai|hf|ghp|gho|ghu)[-_]|AIza|eyJ)[-_A-Za-z0-9*.]{6,}/g;

/** A vendor's text cut to what may be shown: one line, bounded, without anything that looks like a key. */
function presentable(text: string): string {
  const line = text
    .slice(0, 1000)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return line.replace(secretLike, '[redacted]').slice(0, 500);
}
