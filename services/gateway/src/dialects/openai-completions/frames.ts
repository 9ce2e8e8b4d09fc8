// A streamed answer -> frames of OpenAI's legacy completions.
import type { AnswerFrames, AnswerLabel } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import type { CompletionStyle } from '../openai/frames.ts';
import { writeBooks, writeUsage } from '../openai/usage.ts';
import { finishWords, textCompletionHead } from './answer.ts';

export function textFrames(label: AnswerLabel, { wantsUsage }: CompletionStyle): AnswerFrames {
  const head = textCompletionHead(label);
  const frame = (choices: object[], extra: object = wantsUsage ? { usage: null } : {}) =>
    `data: ${JSON.stringify({ ...head, choices, ...extra })}\n\n`;
  const textFrame = (text: string, finish: string | null) =>
    frame([{ index: 0, text, logprobs: null, finish_reason: finish }]);
  return {
    begin: () => '',
    part({ part }) {
      const isSaid = part?.$case === 'text' || part?.$case === 'refusal';
      return isSaid ? textFrame(part.value.text, null) : '';
    },
    end({ finish, usage, summary }) {
      const books = { usage: writeUsage(usage), x_waybill: writeBooks(summary) };
      const last = textFrame('', finishWords[finish.reason]);
      return `${last}${wantsUsage ? frame([], books) : ''}data: [DONE]\n\n`;
    },
    fail: (because) => `data: ${writeError(because).body}\n\n`,
  };
}
