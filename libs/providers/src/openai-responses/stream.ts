// Events of a responses stream -> reply parts. A stream is over with `response.completed`, `.incomplete` or `.failed`.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { StreamFrame, UpstreamRequest } from '../codec.ts';
import { isError, readError } from '../openai-compatible/faults.ts';
import type { Vendor } from '../openai-compatible/vendor.ts';
import { midStreamFault } from '../provider-fault.ts';
import { isObject, type JsonObject, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { type FrameReader, initialProgress, malformedFrame, type ReplyProgress } from '../reply/decoder.ts';
import { finishPart, finishReasonFrom, startedPart } from '../reply/parts.ts';
import { type ItemProgress, readItem, readItemDelta, readItems, startItem } from './output.ts';

/** What is kept of a response in progress. */
export interface ResponseProgress extends ReplyProgress {
  /** Items by the wire's `output_index`. */
  readonly items: Map<unknown, ItemProgress>;
  started: boolean;
  toolCallCount: number;
  rawFinish: string;
  usageText: string | undefined;
}

export function initialResponse(request: UpstreamRequest): ResponseProgress {
  return {
    ...initialProgress(request),
    items: new Map(),
    started: false,
    toolCallCount: 0,
    rawFinish: '',
    usageText: undefined,
  };
}

export function responseReader(vendor: Vendor): FrameReader<ResponseProgress> {
  return {
    initial: initialResponse,
    read: (state, frame, parts) => readFrame(vendor, state, frame, parts),
    finish: finishOf,
    rawUsage: (state) => state.usageText,
  };
}

function readFrame(vendor: Vendor, state: ResponseProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const event = parseJson(frame.data);
  if (!isObject(event)) {
    // Servers that also speak chat completions may end every stream with its last frame.
    if (frame.data !== '[DONE]') state.fault = malformedFrame();
    return;
  }
  switch (event.type) {
    case 'response.created':
    case 'response.in_progress':
    case 'response.queued':
      readStart(state, objectOf(event.response), parts);
      return;
    case 'response.output_item.added':
      startItem(state, event.output_index, objectOf(event.item), parts);
      return;
    case 'response.output_item.done':
      readItem(state, event.output_index, objectOf(event.item), parts);
      return;
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      readStart(state, objectOf(event.response), parts);
      if (state.items.size === 0) readItems(state, objectOf(event.response), parts);
      readEnd(vendor, state, objectOf(event.response), sourceOf(frame.data, ['response']) ?? '{}');
      state.complete = state.fault === undefined;
      return;
    case 'error':
      state.fault = midStreamFault(readError(isObject(event.error) ? event : { error: event }, undefined));
      return;
    default:
      if (isError(event)) state.fault = midStreamFault(readError(event, undefined));
      else readItemDelta(state, event, parts);
  }
}

/** The first mention of the response. */
export function readStart(state: ResponseProgress, response: JsonObject, parts: ReplyPart[]): void {
  if (state.started) return;
  state.started = true;
  parts.push(startedPart(textOf(response.id), textOf(response.model)));
}

/** Usage and status of a response that is over; `text` is its source. Anything but an answer becomes the fault. */
export function readEnd(vendor: Vendor, state: ResponseProgress, response: JsonObject, text: string): void {
  if (isObject(response.usage)) {
    state.usageText = sourceOf(text, ['usage']);
    state.usage = vendor.readUsage(response.usage, { service_tier: response.service_tier });
  }
  const status = textOf(response.status);
  if (status === 'completed') state.rawFinish = status;
  else if (status === 'incomplete') {
    state.rawFinish = textOf(objectOf(response.incomplete_details).reason) || status;
  } else state.fault = unanswered(status, response.error);
}

/** The fault of a response that failed, was cancelled or is not over. */
function unanswered(status: string, error: unknown) {
  if (isObject(error)) return midStreamFault(readError({ error }, undefined));
  const code = status === '' ? 'no_status' : `status_${status}`;
  return midStreamFault({ conduct: 'broken', code, text: 'the response ended without an answer' });
}

const reasons: Readonly<Record<string, FinishReason>> = {
  completed: FinishReason.STOP,
  max_output_tokens: FinishReason.LENGTH,
  incomplete: FinishReason.LENGTH,
  content_filter: FinishReason.CONTENT_FILTER,
};

export function finishOf(state: ResponseProgress): ReplyPart {
  const callsTools = state.rawFinish === 'completed' && state.toolCallCount > 0;
  const reason = callsTools ? FinishReason.TOOL_CALLS : finishReasonFrom(reasons, state.rawFinish);
  return finishPart(reason, state.rawFinish);
}
