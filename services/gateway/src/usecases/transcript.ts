// The parts of one attempt's answer, kept as far as somebody needs them whole.
import type { ReplyPart } from '@waybill/contracts';
import { keptBytesOf } from '../core/answer-bytes.ts';

export interface Transcript {
  /** Keeps a part; false when it is one too many, and then nothing is kept any more. */
  add(part: ReplyPart): boolean;
  /** All parts so far; undefined when they were too large. */
  parts(): readonly ReplyPart[] | undefined;
}

export function openTranscript(maxBytes: number): Transcript {
  let kept: ReplyPart[] | undefined = [];
  let bytes = 0;
  return {
    add(part) {
      bytes += keptBytesOf(part);
      if (bytes > maxBytes) kept = undefined;
      kept?.push(part);
      return kept !== undefined;
    },
    parts: () => kept,
  };
}
