// A streamed answer -> Anthropic's events: one content block after the other, each opened and closed.
import type { ReplyPart } from '@waybill/contracts';
import { type Fault, fault } from '@waybill/kernel';
import { writeCallId } from '../content.ts';
import type { AnswerFrames, AnswerLabel } from '../dialect.ts';
import { messageHead, writeStop, writeUsage } from './answer.ts';
import { writeError } from './error.ts';

type Part = NonNullable<ReplyPart['part']>;
type ToolCallStarted = Extract<Part, { $case: 'toolCallStarted' }>['value'];

/** A tool call that waits: parallel ones may grow at the same time, and blocks may not. */
interface WaitingCall {
  readonly started: ToolCallStarted;
  argumentsJson: string;
}

/** The block that is open; a tool call's has the index of the call in the answer. */
interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'tool_use';
  readonly callIndex: number;
}

interface Writing {
  /** Blocks begun so far. */
  blocks: number;
  open: OpenBlock | undefined;
  readonly waiting: Map<number, WaitingCall>;
  /** Arguments came for a call whose block was closed, so that the answer cannot be shown whole. */
  isTorn: boolean;
}

export function messageFrames(label: AnswerLabel): AnswerFrames {
  const writing: Writing = { blocks: 0, open: undefined, waiting: new Map(), isTorn: false };
  return {
    begin() {
      const usage = { input_tokens: 0, output_tokens: 0 };
      const message = { ...messageHead(label), content: [], stop_reason: null, stop_sequence: null, usage };
      return frame('message_start', { message });
    },
    part: ({ part }) => (part ? writePart(writing, part) : ''),
    end({ finish, usage }) {
      if (writing.isTorn) return writeFailure(tornCall);
      const delta = frame('message_delta', { delta: writeStop(finish), usage: writeUsage(usage) });
      return `${closeAll(writing)}${delta}${frame('message_stop', {})}`;
    },
    fail: writeFailure,
  };
}

const tornCall = fault('upstream', 'the provider went on with a tool call after it had begun something else');

function writeFailure(because: Fault): string {
  return `event: error\ndata: ${writeError(because).body}\n\n`;
}

function frame(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function writePart(writing: Writing, part: Part): string {
  switch (part.$case) {
    case 'text':
    case 'refusal':
      return grow(writing, 'text', { type: 'text_delta', text: part.value.text });
    case 'reasoning':
      return writeReasoning(writing, part.value);
    case 'toolCallStarted':
      return startCall(writing, part.value);
    case 'toolCallArguments':
      return growCall(writing, part.value);
    default:
      return '';
  }
}

const emptyBlocks = {
  text: { type: 'text', text: '', citations: null },
  thinking: { type: 'thinking', thinking: '', signature: '' },
} as const;

function grow(writing: Writing, kind: 'text' | 'thinking', delta: object): string {
  const opened =
    writing.open?.kind === kind ? '' : closeAll(writing) + open(writing, { kind, callIndex: -1 }, emptyBlocks[kind]);
  return opened + deltaFrame(writing, delta);
}

function writeReasoning(writing: Writing, delta: { text: string; signature: string; redacted: string }): string {
  if (delta.redacted !== '') {
    const block = { type: 'redacted_thinking', data: delta.redacted };
    return closeAll(writing) + open(writing, { kind: 'thinking', callIndex: -1 }, block) + close(writing);
  }
  const text = delta.text === '' ? '' : grow(writing, 'thinking', { type: 'thinking_delta', thinking: delta.text });
  if (delta.signature === '') return text;
  return text + grow(writing, 'thinking', { type: 'signature_delta', signature: delta.signature }) + close(writing);
}

function startCall(writing: Writing, started: ToolCallStarted): string {
  if (writing.open?.kind === 'tool_use') {
    writing.waiting.set(started.index, { started, argumentsJson: '' });
    return '';
  }
  return closeAll(writing) + openCall(writing, started);
}

function openCall(writing: Writing, started: ToolCallStarted): string {
  const block = { type: 'tool_use', id: writeCallId(started), name: started.name, input: {} };
  return open(writing, { kind: 'tool_use', callIndex: started.index }, block);
}

function growCall(writing: Writing, { index, fragment }: { index: number; fragment: string }): string {
  const waiting = writing.waiting.get(index);
  if (waiting) {
    waiting.argumentsJson += fragment;
    return '';
  }
  if (writing.open?.kind !== 'tool_use' || writing.open.callIndex !== index) {
    writing.isTorn = true;
    return '';
  }
  return deltaFrame(writing, { type: 'input_json_delta', partial_json: fragment });
}

function open(writing: Writing, block: OpenBlock, content: object): string {
  writing.open = block;
  writing.blocks += 1;
  return frame('content_block_start', { index: writing.blocks - 1, content_block: content });
}

function deltaFrame(writing: Writing, delta: object): string {
  return frame('content_block_delta', { index: writing.blocks - 1, delta });
}

function close(writing: Writing): string {
  writing.open = undefined;
  return frame('content_block_stop', { index: writing.blocks - 1 });
}

/** Closes the open block, and writes the calls that waited for that as blocks of their own. */
function closeAll(writing: Writing): string {
  let text = writing.open ? close(writing) : '';
  for (const { started, argumentsJson } of writing.waiting.values()) {
    text += openCall(writing, started);
    if (argumentsJson !== '') text += deltaFrame(writing, { type: 'input_json_delta', partial_json: argumentsJson });
    text += close(writing);
  }
  writing.waiting.clear();
  return text;
}
