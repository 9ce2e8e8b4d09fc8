// The canonical answer -> Anthropic's message.
import { type ContentPart, type Finish, FinishReason, type Reply, type Usage } from '@waybill/contracts';
import { writeCallId } from '../content.ts';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { cacheWriteTokens, completionTokens, freshInputTokens, hasFigures } from '../token-totals.ts';

const stopWords: Readonly<Record<FinishReason, string>> = {
  [FinishReason.UNSPECIFIED]: 'end_turn',
  [FinishReason.STOP]: 'end_turn',
  [FinishReason.LENGTH]: 'max_tokens',
  [FinishReason.TOOL_CALLS]: 'tool_use',
  [FinishReason.CONTENT_FILTER]: 'refusal',
  [FinishReason.ERROR]: 'error',
};

export function writeMessage(reply: Reply, label: AnswerLabel, ending: AnswerEnding): string {
  return JSON.stringify({
    ...messageHead(label),
    content: reply.content.flatMap(writeBlock),
    ...writeStop(ending.finish),
    usage: writeUsage(ending.usage),
  });
}

export function messageHead({ callId, model }: AnswerLabel) {
  return { id: `msg_${callId}`, type: 'message', role: 'assistant', model };
}

export function writeStop({ reason, stopSequence, filterCategories }: Finish) {
  const isSequence = reason === FinishReason.STOP && stopSequence !== '';
  const [category = null] = filterCategories;
  return {
    stop_reason: isSequence ? 'stop_sequence' : stopWords[reason],
    stop_sequence: stopSequence || null,
    stop_details: reason === FinishReason.CONTENT_FILTER ? { type: 'refusal', category, explanation: null } : null,
  };
}

/** Usage as Anthropic counts it: input without what the cache had. Null where the figures are unknown. */
export function writeUsage(usage: Usage | undefined): object {
  if (!hasFigures(usage)) return { input_tokens: null, output_tokens: null };
  return {
    input_tokens: freshInputTokens(usage),
    cache_creation_input_tokens: cacheWriteTokens(usage),
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: completionTokens(usage),
    ...(usage.serviceTier && { service_tier: usage.serviceTier }),
  };
}

function writeBlock({ part }: ContentPart): object[] {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.value.text, citations: null }];
    case 'toolCall': {
      const { name, argumentsJson } = part.value;
      return [{ type: 'tool_use', id: writeCallId(part.value), name, input: inputOf(argumentsJson) }];
    }
    case 'reasoning': {
      const { text, signature, redacted } = part.value;
      if (redacted !== '') return [{ type: 'redacted_thinking', data: redacted }];
      return [{ type: 'thinking', thinking: text, signature }];
    }
    default:
      return [];
  }
}

/** Arguments that are no JSON object, such as those of a call that was cut by the cap, go under a name that says so. */
function inputOf(argumentsJson: string): object {
  if (argumentsJson === '') return {};
  try {
    const input: unknown = JSON.parse(argumentsJson);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Not JSON: shown as it is below.
  }
  return { INVALID_JSON: argumentsJson };
}
