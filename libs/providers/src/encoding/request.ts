// The last step of every encoding.
import type { EncodedRequest, ProviderCodec, UpstreamRequest } from '../codec.ts';
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

/**
 * The answer to more texts to embed than one request takes; undefined where they are not more. They are never sent as
 * several requests: an attempt is one request of a provider, with one usage that is on the books or is not.
 */
export function tooManyInputs(
  { id, mostEmbeddingInputs: most }: Pick<ProviderCodec, 'id' | 'mostEmbeddingInputs'>,
  { call }: UpstreamRequest,
): ProviderResult<never> | undefined {
  const inputs = call.task?.$case === 'embedding' ? call.task.value.inputs.length : 0;
  if (most === undefined || inputs <= most) return undefined;
  const text = `${id} embeds at most ${most} texts a call, and there are ${inputs}; send them in several calls`;
  return { ok: false, fault: unsuited('too_many_inputs', text) };
}

/** The fault of a call that this provider cannot take and another may; it was never asked. */
export function unsuited(code: string, text: string): ProviderFault {
  return { ...providerFault({ conduct: 'invalid', code, text }), message: text, retryOther: true };
}
