// The canonical answer -> OpenAI's chat completion.
import { type Citation, type ContentPart, FinishReason, type Reply, type ToolCall } from '@waybill/contracts';
import { addressCitations } from '../citations.ts';
import { writeCallId } from '../content.ts';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { reasoningDetails } from './reasoning.ts';
import { writeUsage } from './usage.ts';

/** Reasons that end an answer; an answer that ended with an error is a fault and gets here never. */
export const finishWords: Readonly<Record<FinishReason, string>> = {
  [FinishReason.UNSPECIFIED]: 'stop',
  [FinishReason.STOP]: 'stop',
  [FinishReason.LENGTH]: 'length',
  [FinishReason.TOOL_CALLS]: 'tool_calls',
  [FinishReason.CONTENT_FILTER]: 'content_filter',
  [FinishReason.ERROR]: 'error',
};

export function completionId({ callId }: AnswerLabel): string {
  return `chatcmpl-${callId}`;
}

export function writeCompletion(reply: Reply, label: AnswerLabel, ending: AnswerEnding): string {
  const usage = writeUsage(ending.usage);
  return JSON.stringify({
    id: completionId(label),
    object: 'chat.completion',
    created: label.createdAtSeconds,
    model: label.model,
    choices: [
      {
        index: 0,
        message: writeMessage(reply),
        logprobs: null,
        finish_reason: finishWords[ending.finish.reason],
      },
    ],
    ...(usage && { usage }),
    ...(ending.usage?.serviceTier && { service_tier: ending.usage.serviceTier }),
    system_fingerprint: null,
  });
}

function writeMessage({ content, citations }: Reply): object {
  const toolCalls = content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [writeToolCall(part.value)] : []));
  const reasoning = textOf(content, 'reasoning');
  const details = reasoningDetails(content);
  const annotations = citations.flatMap(writeAnnotations);
  return {
    role: 'assistant',
    content: textOf(content, 'text'),
    refusal: textOf(content, 'refusal'),
    ...(reasoning !== null && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(annotations.length > 0 && { annotations }),
  };
}

export function writeAnnotations(citation: Citation): object[] {
  return addressCitations(citation).map((url_citation) => ({ type: 'url_citation', url_citation }));
}

/** All text of a kind as one; null where there is none. */
function textOf(content: readonly ContentPart[], kind: 'text' | 'refusal' | 'reasoning'): string | null {
  const texts = content.flatMap(({ part }) => (part?.$case === kind ? [part.value.text] : []));
  return texts.length === 0 ? null : texts.join('');
}

function writeToolCall(call: ToolCall): object {
  return { id: writeCallId(call), type: 'function', function: { name: call.name, arguments: call.argumentsJson } };
}
