// A streamed answer -> OpenAI's frames.
import type { ReplyPart } from '@waybill/contracts';
import { writeProviderState } from '../content.ts';
import type { AnswerEnding, AnswerFrames, AnswerLabel } from '../dialect.ts';
import { completionId, finishWords } from './answer.ts';
import { writeError } from './error.ts';
import { writeBooks, writeUsage } from './usage.ts';

export interface CompletionStyle {
  /** Whether the stream ends with a usage frame. */
  readonly wantsUsage: boolean;
}

/** What every frame begins with is written once for each answer: the rest is one small object a part. */
export function completionFrames(label: AnswerLabel, { wantsUsage }: CompletionStyle): AnswerFrames {
  const named = { id: completionId(label), object: 'chat.completion.chunk', created: label.createdAtSeconds };
  const head = `data: ${JSON.stringify({ ...named, model: label.model, system_fingerprint: null }).slice(0, -1)},"choices":`;
  const tail = wantsUsage ? ',"usage":null}\n\n' : '}\n\n';
  const frame = (delta: string, finish: string | null = null) =>
    `${head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`;

  function usageFrame({ usage, summary }: AnswerEnding): string {
    const fields = JSON.stringify({ usage: writeUsage(usage), x_waybill: writeBooks(summary) });
    return `${head}[],${fields.slice(1)}\n\n`;
  }

  return {
    begin: () => frame('{"role":"assistant","content":"","refusal":null}'),
    part(part) {
      const delta = deltaOf(part);
      return delta === undefined ? '' : frame(JSON.stringify(delta));
    },
    end(ending) {
      const last = frame('{}', finishWords[ending.finish.reason]);
      return `${last}${wantsUsage ? usageFrame(ending) : ''}data: [DONE]\n\n`;
    },
    fail: (because) => `data: ${writeError(because).body}\n\n`,
  };
}

function deltaOf({ part }: ReplyPart): object | undefined {
  switch (part?.$case) {
    case 'text':
      return { content: part.value.text };
    case 'refusal':
      return { refusal: part.value.text };
    case 'reasoning':
      return part.value.text === '' ? undefined : { reasoning_content: part.value.text };
    case 'toolCallStarted': {
      const { index, id, name, providerState } = part.value;
      const called = { name, arguments: '' };
      return { tool_calls: [{ index, id, type: 'function', function: called, ...writeProviderState(providerState) }] };
    }
    case 'toolCallArguments':
      return { tool_calls: [{ index: part.value.index, function: { arguments: part.value.fragment } }] };
    default:
      return undefined;
  }
}
