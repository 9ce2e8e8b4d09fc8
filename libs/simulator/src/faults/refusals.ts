// Faults that answer with an error status: nothing is generated and nothing is billed.
import { type Refusal, type RefusalKind, type RetryForm, statusOf } from '../dialects/refusal.ts';

const messages: Readonly<Record<RefusalKind, string>> = {
  invalid: 'The request is not valid.',
  'context-length': "This model's maximum context length is 128000 tokens. However, your messages resulted in more.",
  unauthorized: 'The API key is not valid.',
  billing: 'The account has no credit left.',
  forbidden: 'The key may not use this model.',
  'not-found': 'The model does not exist or you do not have access to it.',
  conflict: 'The request is in conflict with another one.',
  'too-large': 'The request is too large.',
  unprocessable: 'The request could not be processed.',
  'rate-limit': 'Rate limit reached. Please try again later.',
  quota: 'You exceeded your current quota, please check your plan and billing details.',
  'server-error': 'The server had an error while processing your request.',
  'bad-gateway': 'Bad Gateway',
  unavailable: 'The server is overloaded or not ready yet.',
  timeout: 'The request timed out.',
  overloaded: 'Overloaded',
};

const retryForms: readonly RetryForm[] = [
  'seconds',
  'milliseconds',
  'date',
  'reset',
  'per-day',
  'none',
  'negative',
  'absurd',
  'garbled',
];

export function isRefusalKind(name: string): name is RefusalKind {
  return Object.hasOwn(messages, name);
}

/** `rate-limit:date:30` -> a 429 whose retry header is a date 30 s away. Undefined if the arguments make no sense. */
export function refusalFault(kind: RefusalKind, args: readonly string[]): Refusal | undefined {
  const [form = kind === 'rate-limit' ? 'seconds' : 'none', seconds = '1'] = args;
  if (!isRetryForm(form) || !Number.isFinite(Number(seconds))) return undefined;
  return { refusal: kind, message: messages[kind], retry: { form, seconds: Number(seconds) } };
}

/** `status:503` -> the refusal that the dialect gives with this status. */
export function statusFault(args: readonly string[]): Refusal | undefined {
  const status = Number(args[0]);
  if (!Number.isInteger(status) || status < 400 || status > 599) return undefined;
  const kind = Object.keys(statusOf).find((name) => statusOf[name as RefusalKind] === status) as
    | RefusalKind
    | undefined;
  const refusal = refusalFault(kind ?? (status < 500 ? 'invalid' : 'server-error'), args.slice(1));
  return refusal && { ...refusal, status };
}

function isRetryForm(name: string): name is RetryForm {
  return (retryForms as readonly string[]).includes(name);
}
