// How much of an answer a part carries.
import type { ReplyPart } from '@waybill/contracts';

/** UTF-8 bytes of text, reasoning, refusal and tool arguments in a part: no answer has more tokens than bytes. */
export function answerBytesOf({ part }: ReplyPart): number {
  switch (part?.$case) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return Buffer.byteLength(part.value.text);
    case 'toolCallStarted':
      return Buffer.byteLength(part.value.name);
    case 'toolCallArguments':
      return Buffer.byteLength(part.value.fragment);
    default:
      return 0;
  }
}

/** What a part costs to keep in memory, bytes; only roughly. */
export function keptBytesOf(reply: ReplyPart): number {
  const vector = reply.part?.$case === 'embedding' ? reply.part.value.values.length * 8 : 0;
  return 64 + answerBytesOf(reply) + vector;
}

/** Whether a part is the answer itself: once such a part is with the caller, nothing can be tried again. */
export function isContent({ part }: ReplyPart): boolean {
  switch (part?.$case) {
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'toolCallStarted':
    case 'toolCallArguments':
    case 'embedding':
      return true;
    default:
      return false;
  }
}
