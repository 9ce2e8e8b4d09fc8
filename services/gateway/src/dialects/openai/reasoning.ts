// Reasoning traces that a provider wants to see again, beside messages that have no place for them.
import type { ContentPart, ReasoningTrace, ReplyPart } from '@waybill/contracts';
import { contentPart } from '../content.ts';
import type { WireReasoningDetail } from './wire.ts';

/** A trace with its place among the parts of the answer. */
interface PlacedTrace {
  readonly index: number;
  readonly trace: ReasoningTrace;
}

/** The traces of an answer that have to come back, each with its place among the parts. */
export function reasoningDetails(content: readonly ContentPart[]): object[] {
  return content.flatMap(({ part }, index) =>
    part?.$case === 'reasoning' ? writeTrace({ index, trace: part.value }) : [],
  );
}

/** Nothing without a signature is worth sending back. */
function writeTrace({ index, trace: { text, signature, redacted } }: PlacedTrace): object[] {
  if (redacted !== '') return [{ type: 'reasoning.encrypted', data: redacted, index }];
  return signature === '' ? [] : [{ type: 'reasoning.text', text, signature, index }];
}

/** The parts of an assistant's turn with its traces where they were; those without a place go first. */
export function withReasoning(spoken: readonly ContentPart[], details: readonly WireReasoningDetail[]): ContentPart[] {
  const parts = [...spoken];
  const placed = details.flatMap(readTrace).sort((one, other) => one.index - other.index);
  for (const { index, trace } of placed) parts.splice(index, 0, contentPart({ $case: 'reasoning', value: trace }));
  return parts;
}

function readTrace(detail: WireReasoningDetail, position: number): PlacedTrace[] {
  const index = detail.index ?? position;
  switch (detail.type) {
    case 'reasoning.text':
      return [{ index, trace: { text: detail.text ?? '', signature: detail.signature ?? '', redacted: '' } }];
    case 'reasoning.encrypted':
      return [{ index, trace: { text: '', signature: '', redacted: detail.data } }];
    default:
      return [];
  }
}

/** Gathers the traces of a streamed answer, and where they were in it. */
export interface Traces {
  note(part: ReplyPart): void;
  details(): object[];
}

export function openTraces(): Traces {
  const traces: PlacedTrace[] = [];
  /** Parts so far, as they will be in the answer; the last one may still grow. */
  const seen = { parts: 0, last: '', isOpen: false };

  function begin(kind: string): number {
    seen.last = kind;
    seen.parts += 1;
    return seen.parts - 1;
  }

  function noteTrace({ text, signature, redacted }: ReasoningTrace): void {
    const open = seen.last === 'reasoning' && seen.isOpen && redacted === '' ? traces.at(-1)?.trace : undefined;
    if (open) {
      open.text += text;
      open.signature = signature;
    } else {
      traces.push({ index: begin('reasoning'), trace: { text, signature, redacted } });
    }
    seen.isOpen = signature === '' && redacted === '';
  }

  return {
    note({ part }) {
      if (part?.$case === 'reasoning') noteTrace(part.value);
      else if (part?.$case === 'toolCallStarted') begin('toolCall');
      else if ((part?.$case === 'text' || part?.$case === 'refusal') && part.value.text !== '') {
        if (seen.last !== part.$case) begin(part.$case);
      }
    },
    details: () => traces.flatMap(writeTrace),
  };
}
