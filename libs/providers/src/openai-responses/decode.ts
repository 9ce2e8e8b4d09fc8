// A whole response -> reply parts.
import type { ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { errorInDisguise } from '../openai-compatible/decode.ts';
import { isError } from '../openai-compatible/faults.ts';
import type { Vendor } from '../openai-compatible/vendor.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { usageParts } from '../reply/parts.ts';
import { readReplyBody, unusable } from '../reply/whole.ts';
import { readItems } from './output.ts';
import { finishOf, initialResponse, readEnd, readStart } from './stream.ts';

export function decodeResponse(
  vendor: Vendor,
  request: UpstreamRequest,
  response: UpstreamResponse,
): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  const { fields, text } = body.value;
  if (!Array.isArray(fields.output)) {
    const isDisguised = isError(fields);
    return {
      ok: false,
      fault: isDisguised ? errorInDisguise(fields, response) : unusable(response, 'foreign', 'no_answer'),
    };
  }
  const state = initialResponse(request);
  const parts: ReplyPart[] = [];
  readStart(state, fields, parts);
  readItems(state, fields, parts);
  readEnd(vendor, state, fields, text);
  if (state.fault) return { ok: false, fault: state.fault };
  parts.push(...usageParts(state.usage), finishOf(state));
  return { ok: true, value: { parts, usage: state.usage, rawUsage: state.usageText } };
}
