// The canonical answer -> the plain JSON of /api/ai/chat.
import type { CallSummary, Citation, Reply, ToolCall, Usage, Warning } from '@waybill/contracts';
import { formatUsd } from '@waybill/kernel';
import { writeCallId } from '../content.ts';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { completionId, finishWords } from '../openai/answer.ts';
import { reasoningDetails } from '../openai/reasoning.ts';
import { completionTokens, hasFigures, promptTokens } from '../token-totals.ts';

/** Node's JSON.rawJSON, which TypeScript does not know yet: prints a number digit by digit. */
export const { rawJSON: exactNumber } = JSON as typeof JSON & { rawJSON(text: string): unknown };

export function writePlainAnswer(reply: Reply, label: AnswerLabel, ending: AnswerEnding): string {
  return JSON.stringify({
    ...answerHead(label, 'chat.completion'),
    choices: [{ index: 0, message: writeMessage(reply), finishReason: finishWords[ending.finish.reason] }],
    usage: writeUsage(ending.usage, ending.summary),
    ...writeWarnings(ending.warnings),
  });
}

export function answerHead(label: AnswerLabel, object: string) {
  return {
    id: completionId(label),
    object,
    created: label.createdAtSeconds,
    model: label.model,
    provider: label.providerId.toUpperCase(),
  };
}

/** Null where it is not known. The cost is an exact decimal; those who compute with it should read it as one. */
export function writeUsage(usage: Usage | undefined, { costPicoUsd }: CallSummary): object {
  const cost = costPicoUsd === undefined ? null : exactNumber(formatUsd(costPicoUsd));
  if (!hasFigures(usage)) return { promptTokens: null, completionTokens: null, totalTokens: null, cost };
  const prompt = promptTokens(usage);
  const completion = completionTokens(usage);
  return { promptTokens: prompt, completionTokens: completion, totalTokens: prompt + completion, cost };
}

export function writeWarnings(warnings: readonly Warning[]): object {
  return warnings.length === 0 ? {} : { warnings };
}

function writeMessage({ content, citations }: Reply): object {
  const text = content.flatMap(({ part }) =>
    part?.$case === 'text' || part?.$case === 'refusal' ? [part.value.text] : [],
  );
  const toolCalls = content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [writeToolCall(part.value)] : []));
  const details = reasoningDetails(content);
  return {
    role: 'assistant',
    content: text.join(''),
    ...(details.length > 0 && { reasoningDetails: details }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(citations.length > 0 && { citations: citations.map(writeCitation) }),
  };
}

/** As it is: this dialect is our own. */
export function writeCitation({ start, end, text, sources }: Citation): object {
  return { start, end, text, sources: sources.map(({ id, title, url }) => ({ id, title, url })) };
}

function writeToolCall(call: ToolCall): object {
  return { id: writeCallId(call), type: 'function', function: { name: call.name, arguments: call.argumentsJson } };
}
