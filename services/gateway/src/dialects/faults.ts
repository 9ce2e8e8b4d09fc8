// How each fault reads in each dialect: the one table.
import type { Fault, FaultKind } from '@waybill/kernel';

/** The words a fault has on the wire. */
export interface FaultWords {
  readonly status: number;
  readonly openaiType: string;
  readonly openaiCode: string | null;
  readonly anthropicType: string;
  readonly waybillType: 'authentication' | 'rate_limit' | 'invalid_request' | 'api_error' | 'network_error';
  /** The same request may work later. */
  readonly retryable: boolean;
}

const wrongRequest = {
  status: 400,
  openaiType: 'invalid_request_error',
  openaiCode: null,
  anthropicType: 'invalid_request_error',
  waybillType: 'invalid_request',
  retryable: false,
} as const satisfies FaultWords;

const notNow = {
  status: 503,
  openaiType: 'service_unavailable_error',
  openaiCode: 'service_unavailable',
  anthropicType: 'overloaded_error',
  waybillType: 'network_error',
  retryable: true,
} as const satisfies FaultWords;

const brokenHere = {
  status: 500,
  openaiType: 'server_error',
  openaiCode: 'internal_error',
  anthropicType: 'api_error',
  waybillType: 'api_error',
  retryable: true,
} as const satisfies FaultWords;

const byKind: Readonly<Record<FaultKind, FaultWords>> = {
  invalid: wrongRequest,
  unauthenticated: {
    ...wrongRequest,
    status: 401,
    openaiCode: 'invalid_api_key',
    anthropicType: 'authentication_error',
    waybillType: 'authentication',
  },
  forbidden: {
    ...wrongRequest,
    status: 403,
    openaiCode: 'forbidden',
    anthropicType: 'permission_error',
    waybillType: 'authentication',
  },
  not_found: { ...wrongRequest, status: 404, openaiCode: 'model_not_found', anthropicType: 'not_found_error' },
  conflict: { ...wrongRequest, status: 409, openaiCode: 'conflict', anthropicType: 'conflict_error' },
  too_large: { ...wrongRequest, status: 413, openaiCode: 'request_too_large', anthropicType: 'request_too_large' },
  limited: {
    status: 429,
    openaiType: 'requests',
    openaiCode: 'rate_limit_exceeded',
    anthropicType: 'rate_limit_error',
    waybillType: 'rate_limit',
    retryable: true,
  },
  unavailable: notNow,
  timeout: { ...notNow, status: 504, openaiCode: 'timeout', anthropicType: 'timeout_error' },
  cancelled: { ...wrongRequest, status: 499, openaiCode: 'cancelled' },
  upstream: { ...brokenHere, status: 502, openaiCode: 'upstream_error' },
  internal: brokenHere,
};

const exhausted = { ...byKind.limited, openaiType: 'insufficient_quota', openaiCode: 'insufficient_quota' };

/** Faults that a detail tells apart from others of their kind: `reason`, or `limit_kind` of a refusal. */
const byDetail: Readonly<Record<string, FaultWords>> = {
  context_too_small: { ...wrongRequest, openaiCode: 'context_length_exceeded' },
  unsupported_media_type: { ...wrongRequest, status: 415, openaiCode: 'unsupported_media_type' },
  method_not_allowed: { ...wrongRequest, status: 405, openaiCode: 'method_not_allowed' },
  missing_required_parameter: { ...wrongRequest, openaiCode: 'missing_required_parameter' },
  invalid_type: { ...wrongRequest, openaiCode: 'invalid_type' },
  invalid_value: { ...wrongRequest, openaiCode: 'invalid_value' },
  invalid_json: { ...wrongRequest, openaiCode: 'invalid_json' },
  no_recording: { ...byKind.not_found, openaiCode: 'no_recording' },
  unknown_url: { ...byKind.not_found, openaiCode: 'unknown_url' },
  tokens: { ...byKind.limited, openaiType: 'tokens' },
  budget: exhausted,
  call_cost: exhausted,
  unpriced: exhausted,
};

/** The words of a fault. */
export function wordsOf({ kind, details }: Fault): FaultWords {
  const detail = kind === 'limited' ? details.limit_kind : details.reason;
  const special = detail === undefined || !Object.hasOwn(byDetail, detail) ? undefined : byDetail[detail];
  const words = special ?? byKind[kind];
  return details.never_fits === 'true' ? { ...words, retryable: false } : words;
}
