// What Anthropic's errors call for, by their type and error_code fields.
import { type ConductName, conductOfStatus, statusBefore, type VendorError } from '../provider-fault.ts';
import { errorBody } from './wire.ts';

const conductByCode: Readonly<Record<string, ConductName>> = {
  enforced_spend_limit_reached: 'exhausted',
  contract_spend_limit_reached: 'exhausted',
  ramp_limit_exceeded: 'rateLimited',
};

const conductByType: Readonly<Record<string, ConductName>> = {
  invalid_request_error: 'invalid',
  authentication_error: 'credential',
  billing_error: 'exhausted',
  permission_error: 'noModel',
  not_found_error: 'noModel',
  conflict_error: 'conflict',
  request_too_large: 'tooLarge',
  rate_limit_error: 'rateLimited',
  api_error: 'broken',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
};

/**
 * Reads an error body, or an error frame of a stream, which has no status. A prompt that is too long has no code of its
 * own here, only words, so it counts as an invalid request.
 */
export function readError(body: unknown, status: number | undefined): VendorError {
  const { error } = errorBody.parse(body);
  const type = error?.type ?? '';
  const code = error?.details?.error_code ?? '';
  const conduct =
    known(conductByCode, code) ?? statusBefore(known(conductByType, type), status) ?? conductOfStatus(status ?? 500);
  return { conduct, status, code: code || type, text: error?.message ?? undefined };
}

function known(table: Readonly<Record<string, ConductName>>, word: string): ConductName | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
