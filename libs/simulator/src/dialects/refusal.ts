// An error answer, before a dialect puts it in its own words.

export type RefusalKind =
  | 'invalid'
  | 'context-length'
  | 'unauthorized'
  | 'billing'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unprocessable'
  | 'rate-limit'
  | 'quota'
  | 'server-error'
  | 'bad-gateway'
  | 'unavailable'
  | 'timeout'
  | 'overloaded';

/** How the answer says when to come back; the last three are values no client should obey. */
export type RetryForm =
  | 'seconds'
  | 'milliseconds'
  | 'date'
  | 'reset'
  | 'per-day'
  | 'none'
  | 'negative'
  | 'absurd'
  | 'garbled';

export interface RetryHint {
  readonly form: RetryForm;
  readonly seconds: number;
}

export interface Refusal {
  readonly refusal: RefusalKind;
  readonly message: string;
  /** The field at fault, where the dialect names it. */
  readonly param?: string;
  /** A code more exact than that of the kind, where the dialect has codes. */
  readonly code?: string;
  readonly retry?: RetryHint;
  /** Nothing is served at the path. */
  readonly isUnknownUrl?: true;
  /** In place of the status that belongs to the kind. */
  readonly status?: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const statusOf: Readonly<Record<RefusalKind, number>> = {
  invalid: 400,
  'context-length': 400,
  unauthorized: 401,
  billing: 402,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unprocessable: 422,
  'rate-limit': 429,
  quota: 429,
  'server-error': 500,
  'bad-gateway': 502,
  unavailable: 503,
  timeout: 504,
  overloaded: 529,
};

export function invalid(message: string, param?: string): Refusal {
  return { refusal: 'invalid', message, param };
}

export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'refusal' in value;
}

/** The headers every HTTP client knows: `retry-after`, and `retry-after-ms` as OpenAI and Azure send it. */
export function retryHeaders(hint: RetryHint | undefined, now: number): Record<string, string> {
  switch (hint?.form) {
    case 'seconds':
      return { 'retry-after': String(hint.seconds) };
    case 'milliseconds':
      return { 'retry-after-ms': String(hint.seconds * 1000) };
    case 'date':
      return { 'retry-after': new Date(now + hint.seconds * 1000).toUTCString() };
    case 'negative':
      return { 'retry-after': '-1' };
    case 'absurd':
      return { 'retry-after': '1000000000000' };
    case 'garbled':
      return { 'retry-after': 'soon' };
    default:
      return {};
  }
}

export const badGatewayPage =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n' +
  '</body>\r\n</html>\r\n';
