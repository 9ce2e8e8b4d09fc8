// A streamed answer -> frames of /api/ai/chat.
import type { ReplyPart } from '@waybill/contracts';
import { writeProviderState } from '../content.ts';
import type { AnswerFrames, AnswerLabel } from '../dialect.ts';
import { finishWords } from '../openai/answer.ts';
import { answerHead, writeUsage, writeWarnings } from './answer.ts';
import { writeError } from './error.ts';

export function plainFrames(label: AnswerLabel): AnswerFrames {
  const head = answerHead(label, 'chat.completion.chunk');
  const frame = (delta: object, finishReason: string | null, extra: object = {}) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finishReason }], ...extra })}\n\n`;
  return {
    begin: () => frame({ role: 'assistant', content: '' }, null),
    part(part) {
      const delta = deltaOf(part);
      return delta === undefined ? '' : frame(delta, null);
    },
    end({ finish, usage, summary, warnings }) {
      const extra = { usage: writeUsage(usage, summary), ...writeWarnings(warnings) };
      return `${frame({}, finishWords[finish.reason], extra)}data: [DONE]\n\n`;
    },
    fail: (because) => `data: ${writeError(because).body}\n\n`,
  };
}

function deltaOf({ part }: ReplyPart): object | undefined {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return { content: part.value.text };
    case 'toolCallStarted': {
      const { index, id, name, providerState } = part.value;
      const called = { name, arguments: '' };
      return { toolCalls: [{ index, id, type: 'function', function: called, ...writeProviderState(providerState) }] };
    }
    case 'toolCallArguments':
      return { toolCalls: [{ index: part.value.index, function: { arguments: part.value.fragment } }] };
    default:
      return undefined;
  }
}
