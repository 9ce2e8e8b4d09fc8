// What OpenAI's and compatible servers' errors call for, by their code and type fields.
import { type ConductName, conductOfStatus, type VendorError } from '../provider-fault.ts';
import { objectOf } from '../reading/json.ts';
import { errorBody } from './wire.ts';

const conductByWord: Readonly<Record<string, ConductName>> = {
  context_length_exceeded: 'contextLength',
  invalid_api_key: 'credential',
  authentication_error: 'credential',
  insufficient_quota: 'exhausted',
  credit_balance_exhausted: 'exhausted',
  organization_spend_limit_exceeded: 'exhausted',
  project_spend_limit_exceeded: 'exhausted',
  organization_usage_limit_exceeded: 'exhausted',
  billing_hard_limit_reached: 'exhausted',
  billing_not_active: 'exhausted',
  model_not_found: 'noModel',
  model_not_supported: 'noModel',
  invalid_model: 'noModel',
  DeploymentNotFound: 'noModel',
  not_found_error: 'noModel',
  content_filter: 'invalid',
  content_policy_violation: 'invalid',
  invalid_prompt: 'invalid',
  bio_policy: 'invalid',
  cyber_policy: 'invalid',
  misalignment_policy_violation: 'invalid',
  image_content_policy_violation: 'invalid',
  invalid_image: 'invalid',
  invalid_image_format: 'invalid',
  invalid_base64_image: 'invalid',
  invalid_image_url: 'invalid',
  image_parse_error: 'invalid',
  image_too_large: 'invalid',
  image_too_small: 'invalid',
  image_file_too_large: 'invalid',
  failed_to_download_image: 'invalid',
  unsupported_parameter: 'invalid',
  unsupported_value: 'invalid',
  rate_limit_exceeded: 'rateLimited',
  rate_limit_error: 'rateLimited',
  slow_down: 'rateLimited',
  RateLimitReached: 'rateLimited',
  server_is_overloaded: 'overloaded',
  service_unavailable_error: 'overloaded',
  server_error: 'broken',
  api_error: 'broken',
  timeout: 'timeout',
  vector_store_timeout: 'timeout',
};

/**
 * Reads an error body, or an error frame of a stream, which has no status. The code is asked first, then the type, then
 * a code that is an HTTP status, then the status. A token limit that a single request can never fit has the same code
 * as a passing one, so it counts as passing.
 */
export function readError(body: unknown, status: number | undefined): VendorError {
  const fields = errorBody.parse(body);
  const error = typeof fields.error === 'string' ? { message: fields.error } : (fields.error ?? fields);
  const code = wordOf('code' in error ? error.code : fields.code);
  const type = wordOf('type' in error ? error.type : undefined);
  const conduct = conductOf(code) ?? conductOf(type) ?? conductOfStatus(statusIn(code) ?? status ?? 500);
  const text = typeof error.message === 'string' ? error.message : undefined;
  const reason = 'innererror' in error ? filteredIn(error.innererror) : undefined;
  return { conduct, status, code: code || type, text, reason };
}

/** What Azure's filter found in a prompt, such as `hate,violence`. */
function filteredIn(innerError: unknown): string | undefined {
  const { content_filter_result: found } = objectOf(innerError);
  const names = Object.entries(objectOf(found)).flatMap(([name, each]) => (objectOf(each).filtered ? [name] : []));
  return names.length === 0 ? undefined : names.join(',');
}

/** Whether a body with a success status is an error after all. */
export function isError(body: Readonly<Record<string, unknown>>): boolean {
  return (body.error !== undefined && body.error !== null) || body.object === 'error';
}

function wordOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function conductOf(word: string): ConductName | undefined {
  return Object.hasOwn(conductByWord, word) ? conductByWord[word] : undefined;
}

function statusIn(code: string): number | undefined {
  return /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}
