// Whole messages -> reply parts.
import type { ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderResult } from '../provider-fault.ts';
import { parseExactly, writeJson } from '../reading/exact.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { startedPart, usageParts } from '../reply/parts.ts';
import { readReplyBody, unusable } from '../reply/whole.ts';
import { readError } from './faults.ts';
import {
  addArguments,
  finishOf,
  initialMessage,
  type MessageProgress,
  rawUsageOf,
  readBlock,
  readSnapshot,
  readStop,
} from './stream.ts';

export function decodeReply(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  const { fields, text } = body.value;
  if (fields.error !== undefined && fields.error !== null) {
    return { ok: false, fault: midStreamFault({ ...readError(fields, undefined), status: response.status }) };
  }
  if (!Array.isArray(fields.content) || textOf(fields.stop_reason) === '') {
    return { ok: false, fault: unusable(response, 'foreign', 'no_answer') };
  }
  const state = initialMessage(request);
  const parts: ReplyPart[] = [startedPart(textOf(fields.id), textOf(fields.model))];
  readBlocks(state, fields, text, parts);
  readStop(state, fields);
  readSnapshot(state, fields.usage, text, ['usage']);
  parts.push(...usageParts(state.usage), finishOf(state));
  return { ok: true, value: { parts, usage: state.usage, rawUsage: rawUsageOf(state) } };
}

function readBlocks(state: MessageProgress, fields: JsonObject, text: string, parts: ReplyPart[]): void {
  const blocks = listOf(fields.content).map(objectOf);
  const callsTools = blocks.some(({ type }) => type === 'tool_use');
  const exactBlocks = callsTools ? listOf(objectOf(parseExactly(text)).content) : [];
  for (const [index, block] of blocks.entries()) {
    readBlock(state, index, block, parts);
    if (block.type === 'tool_use') {
      addArguments(state, index, writeJson(objectOf(exactBlocks[index]).input) ?? '{}', parts);
    }
  }
}
