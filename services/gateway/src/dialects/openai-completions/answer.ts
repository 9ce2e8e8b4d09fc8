// The canonical answer -> OpenAI's legacy completion.
import { FinishReason, type Reply } from '@waybill/contracts';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { writeUsage } from '../openai/usage.ts';

/** There are no tools here that could end an answer. */
export const finishWords: Readonly<Record<FinishReason, string>> = {
  [FinishReason.UNSPECIFIED]: 'stop',
  [FinishReason.STOP]: 'stop',
  [FinishReason.LENGTH]: 'length',
  [FinishReason.TOOL_CALLS]: 'stop',
  [FinishReason.CONTENT_FILTER]: 'content_filter',
  [FinishReason.ERROR]: 'error',
};

export function textCompletionHead({ callId, createdAtSeconds, model }: AnswerLabel) {
  return { id: `cmpl-${callId}`, object: 'text_completion', created: createdAtSeconds, model };
}

export function writeTextCompletion(reply: Reply, label: AnswerLabel, { finish, usage }: AnswerEnding): string {
  const said = reply.content.flatMap(({ part }) =>
    part?.$case === 'text' || part?.$case === 'refusal' ? [part.value.text] : [],
  );
  const told = writeUsage(usage);
  return JSON.stringify({
    ...textCompletionHead(label),
    choices: [{ index: 0, text: said.join(''), logprobs: null, finish_reason: finishWords[finish.reason] }],
    ...(told && { usage: told }),
  });
}
