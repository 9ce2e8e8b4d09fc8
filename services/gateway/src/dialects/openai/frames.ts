// A streamed answer -> OpenAI's frames.
import type { ReplyPart } from '@waybill/contracts';
import { writeCallId } from '../content.ts';
import type { AnswerEnding, AnswerFrames, AnswerLabel } from '../dialect.ts';
import { completionId, finishWords, writeAnnotations } from './answer.ts';
import { writeError } from './error.ts';
import { openTraces } from './reasoning.ts';
import { writeBooks, writeUsage } from './usage.ts';

export interface CompletionStyle {
  /** Whether the stream ends with a usage frame. */
  readonly wantsUsage: boolean;
  /** Whether the frames before it say that theirs is null; default: where there is one. */
  readonly hasNullUsage?: boolean;
  /** Default: as OpenAI does, each part at once. */
  readonly deltas?: Deltas;
}

/** What the parts of one answer become. */
export interface Deltas {
  /** Undefined: nothing yet, or nothing at all. */
  of(part: ReplyPart): object | undefined;
  /** What is left to say before the end. */
  rest(): readonly object[];
}

const asTheyCome: Deltas = { of: deltaOf, rest: () => [] };

/** What every frame begins with is written once for each answer: the rest is one small object a part. */
export function completionFrames(
  label: AnswerLabel,
  { wantsUsage, hasNullUsage = wantsUsage, deltas = asTheyCome }: CompletionStyle,
): AnswerFrames {
  const named = { id: completionId(label), object: 'chat.completion.chunk', created: label.createdAtSeconds };
  const head = `data: ${JSON.stringify({ ...named, model: label.model, system_fingerprint: null }).slice(0, -1)},"choices":`;
  const tail = hasNullUsage ? ',"usage":null}\n\n' : '}\n\n';
  const frame = (delta: string, finish: string | null = null) =>
    `${head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`;

  const traces = openTraces();

  function usageFrame({ usage, summary }: AnswerEnding): string {
    const fields = JSON.stringify({ usage: writeUsage(usage), x_waybill: writeBooks(summary) });
    return `${head}[],${fields.slice(1)}\n\n`;
  }

  return {
    begin: () => frame('{"role":"assistant","content":"","refusal":null}'),
    part(part) {
      traces.note(part);
      const delta = deltas.of(part);
      return delta === undefined ? '' : frame(JSON.stringify(delta));
    },
    end(ending) {
      // In one piece, as clients that add deltas up know no other way for a field they do not know.
      const details = traces.details();
      const replay = details.length === 0 ? '' : frame(JSON.stringify({ reasoning_details: details }));
      const rest = deltas.rest().map((delta) => frame(JSON.stringify(delta)));
      const last = frame('{}', finishWords[ending.finish.reason]);
      return `${rest.join('')}${replay}${last}${wantsUsage ? usageFrame(ending) : ''}data: [DONE]\n\n`;
    },
    fail: (because) => `data: ${writeError(because).body}\n\n`,
  };
}

export function deltaOf({ part }: ReplyPart): object | undefined {
  switch (part?.$case) {
    case 'text':
      return { content: part.value.text };
    case 'refusal':
      return { refusal: part.value.text };
    case 'reasoning':
      return part.value.text === '' ? undefined : { reasoning_content: part.value.text };
    case 'toolCallStarted': {
      const { index, name } = part.value;
      const called = { name, arguments: '' };
      return { tool_calls: [{ index, id: writeCallId(part.value), type: 'function', function: called }] };
    }
    case 'toolCallArguments':
      return { tool_calls: [{ index: part.value.index, function: { arguments: part.value.fragment } }] };
    case 'citation': {
      const annotations = writeAnnotations(part.value);
      return annotations.length === 0 ? undefined : { annotations };
    }
    default:
      return undefined;
  }
}
