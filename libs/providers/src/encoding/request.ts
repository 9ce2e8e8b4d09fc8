// The last step of every encoding.
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { type ProviderFault, type ProviderResult, providerFault } from '../provider-fault.ts';
import { writeJson } from '../reading/exact.ts';
import type { Support } from './support.ts';

/** The request with its body as JSON text; members that are undefined are left out. */
export function jsonRequest(body: Readonly<Record<string, unknown>>, support: Support): ProviderResult<EncodedRequest> {
  const text = writeJson(body);
  if (text === undefined)
    return { ok: false, fault: unsuited('unsupported_task', 'the request is nested too deeply to be written as JSON') };
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return { ok: true, value: { body: text, headers, warnings: support.warnings } };
}

/** The answer to a kind of call that the provider does not have. */
export function noSuchTask(provider: string, request: UpstreamRequest): ProviderResult<never> {
  const task = request.call.task?.$case ?? 'empty';
  return { ok: false, fault: unsuited('unsupported_task', `${provider} has no way to answer ${task} calls`) };
}

/** The fault of a call that this provider cannot take and another may. */
export function unsuited(code: string, text: string): ProviderFault {
  return { ...providerFault({ conduct: 'invalid', code, text }), retryOther: true };
}
