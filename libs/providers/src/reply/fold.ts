// Puts a streamed answer together: the same parts give the same reply, streamed or not.
import { type ContentPart, type Reply, Reply as ReplyMessage, type ReplyPart, type ToolCall } from '@waybill/contracts';

interface Folding {
  readonly reply: Reply;
  readonly toolCalls: Map<number, ToolCall>;
  /** The last reasoning trace may still grow. */
  traceIsOpen: boolean;
}

/**
 * The reply that the parts make up. Neighbouring text becomes one content part; a reasoning trace ends with its
 * signature; arguments go to the tool call with their index, and those of a call that never started are left out.
 */
export function foldReply(parts: Iterable<ReplyPart>): Reply {
  const folding: Folding = { reply: ReplyMessage.create(), toolCalls: new Map(), traceIsOpen: false };
  for (const { part } of parts) if (part) foldPart(folding, part);
  return folding.reply;
}

/** The text of the answer, without reasoning and refusals. */
export function answerText(reply: Reply): string {
  return reply.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('');
}

function foldPart(folding: Folding, part: NonNullable<ReplyPart['part']>): void {
  const { reply } = folding;
  switch (part.$case) {
    case 'started':
      reply.providerReplyId = part.value.providerReplyId;
      reply.reportedModel = part.value.reportedModel;
      return;
    case 'text':
    case 'refusal':
      foldText(reply.content, part.$case, part.value.text);
      return;
    case 'reasoning':
      foldReasoning(folding, part.value);
      return;
    case 'toolCallStarted':
      startToolCall(folding, part.value);
      return;
    case 'toolCallArguments': {
      const call = folding.toolCalls.get(part.value.index);
      if (call) call.argumentsJson += part.value.fragment;
      return;
    }
    case 'usage':
      reply.usage = part.value;
      return;
    case 'finish':
      reply.finish = part.value;
      return;
    case 'warning':
      reply.warnings.push(part.value);
      return;
    case 'embedding':
      reply.embeddings.push(part.value);
      return;
    case 'citation':
      reply.citations.push(part.value);
      return;
    default:
      part satisfies never;
  }
}

function foldText(content: ContentPart[], kind: 'text' | 'refusal', text: string): void {
  const last = content.at(-1)?.part;
  if (last?.$case === kind) last.value.text += text;
  else if (text !== '') content.push({ part: { $case: kind, value: { text } }, cacheBreakpoint: undefined });
}

type Reasoning = { text: string; signature: string; redacted: string };

function foldReasoning(folding: Folding, delta: Reasoning): void {
  const { content } = folding.reply;
  const last = content.at(-1)?.part;
  if (last?.$case === 'reasoning' && folding.traceIsOpen && delta.redacted === '') {
    last.value.text += delta.text;
    last.value.signature = delta.signature;
  } else {
    content.push({ part: { $case: 'reasoning', value: { ...delta } }, cacheBreakpoint: undefined });
  }
  folding.traceIsOpen = delta.signature === '' && delta.redacted === '';
}

type Started = { index: number; id: string; name: string; providerState: Buffer };

function startToolCall(folding: Folding, { index, id, name, providerState }: Started): void {
  const call: ToolCall = { id, name, argumentsJson: '', providerState };
  folding.toolCalls.set(index, call);
  folding.reply.content.push({ part: { $case: 'toolCall', value: call }, cacheBreakpoint: undefined });
}
