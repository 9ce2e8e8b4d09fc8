// A streamed answer -> frames of /api/ai/chat.
import type { ReplyPart } from '@waybill/contracts';
import { writeCallId } from '../content.ts';
import type { AnswerFrames, AnswerLabel } from '../dialect.ts';
import { finishWords } from '../openai/answer.ts';
import { openTraces } from '../openai/reasoning.ts';
import { answerHead, writeCitation, writeUsage, writeWarnings } from './answer.ts';
import { writeError } from './error.ts';

export function plainFrames(label: AnswerLabel): AnswerFrames {
  const head = answerHead(label, 'chat.completion.chunk');
  const frame = (delta: object, finishReason: string | null, extra: object = {}) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finishReason }], ...extra })}\n\n`;
  const traces = openTraces();
  return {
    begin: () => frame({ role: 'assistant', content: '' }, null),
    part(part) {
      traces.note(part);
      const delta = deltaOf(part);
      return delta === undefined ? '' : frame(delta, null);
    },
    end({ finish, usage, summary, warnings }) {
      const extra = { usage: writeUsage(usage, summary), ...writeWarnings(warnings) };
      const details = traces.details();
      const replay = details.length === 0 ? '' : frame({ reasoningDetails: details }, null);
      return `${replay}${frame({}, finishWords[finish.reason], extra)}data: [DONE]\n\n`;
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
      const { index, name } = part.value;
      const called = { name, arguments: '' };
      return { toolCalls: [{ index, id: writeCallId(part.value), type: 'function', function: called }] };
    }
    case 'toolCallArguments':
      return { toolCalls: [{ index: part.value.index, function: { arguments: part.value.fragment } }] };
    case 'citation':
      return { citations: [writeCitation(part.value)] };
    default:
      return undefined;
  }
}
