// What is known of an attempt so far, gathered from the parts that pass by.
import type { Finish, ReplyPart, Usage, Warning } from '@waybill/contracts';

export interface Progress {
  /** UTF-8 bytes of text, reasoning and tool calls. */
  outputBytes: number;
  /** Bytes of a broken answer in which no part could be read, though tokens may be in them. */
  unreadBytes: number;
  reportedModel: string;
  /** The provider's own id of the answer; empty while there is none. */
  replyId: string;
  finish: Finish | undefined;
  usage: Usage | undefined;
  readonly warnings: Warning[];
}

export function noProgress(): Progress {
  return {
    outputBytes: 0,
    unreadBytes: 0,
    reportedModel: '',
    replyId: '',
    finish: undefined,
    usage: undefined,
    warnings: [],
  };
}

/** Takes note of a part. */
export function note(progress: Progress, { part }: ReplyPart): void {
  switch (part?.$case) {
    case 'started':
      progress.reportedModel = part.value.reportedModel;
      progress.replyId = part.value.providerReplyId;
      break;
    case 'text':
    case 'refusal':
    case 'reasoning':
      progress.outputBytes += Buffer.byteLength(part.value.text);
      break;
    case 'toolCallStarted':
      progress.outputBytes += Buffer.byteLength(part.value.name);
      break;
    case 'toolCallArguments':
      progress.outputBytes += Buffer.byteLength(part.value.fragment);
      break;
    case 'usage':
      progress.usage = part.value;
      break;
    case 'finish':
      progress.finish = part.value;
      break;
    case 'warning':
      progress.warnings.push(part.value);
      break;
    case 'embedding':
    case 'citation':
    case undefined:
      break;
    default:
      part satisfies never;
  }
}
