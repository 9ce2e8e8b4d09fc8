// Whole answers with a success status: JSON objects, or one of the ways in which a success is none.
import type { UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderFault, type ProviderResult, type VendorError } from '../provider-fault.ts';
import { decodeUtf8, isObject, type JsonObject, parseJson } from '../reading/json.ts';

/** An answer's body, parsed and as text. */
export interface ReplyBody {
  readonly fields: JsonObject;
  readonly text: string;
}

/**
 * The JSON object of a 2xx answer. Nothing at all, HTML and other foreign bodies are faults; since the status was a
 * success, the provider may bill for all of them.
 */
export function readReplyBody(response: UpstreamResponse): ProviderResult<ReplyBody> {
  const text = decodeUtf8(response.body);
  const fields = parseJson(text);
  if (isObject(fields)) return { ok: true, value: { fields, text } };
  if (text.trim() === '') return { ok: false, fault: unusable(response, 'broken', 'empty_body') };
  return { ok: false, fault: unusable(response, 'foreign', 'not_json') };
}

/** The fault of a success that holds no answer. */
export function unusable(
  { status }: Pick<UpstreamResponse, 'status'>,
  conduct: VendorError['conduct'],
  code: string,
): ProviderFault {
  return midStreamFault({ conduct, status, code, text: 'the answer has a success status but holds no usable answer' });
}
