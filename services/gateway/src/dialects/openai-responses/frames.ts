// A streamed answer -> OpenAI's response events. Items are opened and closed one after the other, but for tool calls,
// which stay open to the end: parallel ones may grow at the same time.
import type { Citation, ReasoningDelta, ReplyPart } from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import type { AnswerEnding, AnswerFrames, AnswerLabel } from '../dialect.ts';
import { wordsOf } from '../faults.ts';
import { writeBooks } from '../openai/usage.ts';
import { responseEnd, responseHead, statusOf } from './answer.ts';
import {
  annotationsOf,
  type CallItem,
  emptyPart,
  growPart,
  type ItemMaker,
  type ItemStatus,
  itemMaker,
  type MessageItem,
  type OutputItem,
  partAt,
  type ReasoningItem,
} from './output.ts';
import { encryptedContent } from './trace.ts';
import type { ResponsesRequest } from './wire.ts';

type Part = NonNullable<ReplyPart['part']>;

interface Writing {
  readonly make: ItemMaker;
  readonly items: OutputItem[];
  /** What is being said or thought. */
  open: MessageItem | ReasoningItem | undefined;
  /** Open tool calls by their index in the answer. */
  readonly calls: Map<number, CallItem>;
  events: number;
}

export function responseFrames(request: ResponsesRequest) {
  return (label: AnswerLabel): AnswerFrames => {
    const writing: Writing = {
      make: itemMaker(label.callId),
      items: [],
      open: undefined,
      calls: new Map(),
      events: 0,
    };
    const head = responseHead(request, label);
    return {
      begin() {
        const response = { ...head, status: 'in_progress', incomplete_details: null, output: [], usage: null };
        return event(writing, 'response.created', { response }) + event(writing, 'response.in_progress', { response });
      },
      part: ({ part }) => (part ? writePart(writing, part) : ''),
      end: (ending) => writeEnd(writing, head, ending),
      fail: (because) => writeFailure(writing, because),
    };
  };
}

function event(writing: Writing, type: string, fields: object): string {
  writing.events += 1;
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: writing.events - 1, ...fields })}\n\n`;
}

/** An event about an item. */
function itemEvent(writing: Writing, type: string, item: OutputItem, fields: object): string {
  return event(writing, `response.${type}`, { item_id: item.id, output_index: writing.items.indexOf(item), ...fields });
}

function writePart(writing: Writing, part: Part): string {
  switch (part.$case) {
    case 'text':
    case 'refusal':
      return part.value.text === '' ? '' : writeText(writing, part.$case, part.value.text);
    case 'reasoning':
      return writeReasoning(writing, part.value);
    case 'toolCallStarted': {
      const item = writing.make.call(part.value);
      writing.calls.set(part.value.index, item);
      return close(writing, 'completed') + open(writing, item);
    }
    case 'toolCallArguments': {
      const item = writing.calls.get(part.value.index);
      if (!item) return '';
      item.arguments += part.value.fragment;
      return itemEvent(writing, 'function_call_arguments.delta', item, { delta: part.value.fragment });
    }
    case 'citation':
      return writeCitation(writing, part.value);
    default:
      return '';
  }
}

/** One event for each address; of text that is closed already they show in the complete response alone. */
function writeCitation(writing: Writing, citation: Citation): string {
  const { item, index, start } = partAt(writing.items, citation.start) ?? {};
  const part = item?.content[index!];
  if (item === undefined || part?.type !== 'output_text') return '';
  return annotationsOf(citation, start!)
    .map((annotation) => {
      const annotation_index = part.annotations.push(annotation) - 1;
      const fields = { content_index: index, annotation_index, annotation };
      return item === writing.open ? itemEvent(writing, 'output_text.annotation.added', item, fields) : '';
    })
    .join('');
}

function open(writing: Writing, item: OutputItem): string {
  writing.items.push(item);
  return event(writing, 'response.output_item.added', { output_index: writing.items.length - 1, item });
}

function closeItem(writing: Writing, item: OutputItem, status: ItemStatus): string {
  item.status = status;
  return event(writing, 'response.output_item.done', { output_index: writing.items.indexOf(item), item });
}

const wireKinds = { text: 'output_text', refusal: 'refusal' } as const;

function writeText(writing: Writing, kind: 'text' | 'refusal', text: string): string {
  let written = '';
  let item = writing.open;
  if (item?.type !== 'message') {
    const message = writing.make.message();
    written += close(writing, 'completed') + open(writing, message);
    writing.open = message;
    item = message;
  }
  let part = item.content.at(-1);
  if (part?.type !== wireKinds[kind]) {
    written += closePart(writing, item);
    part = emptyPart(kind);
    item.content.push(part);
    written += itemEvent(writing, 'content_part.added', item, { content_index: item.content.length - 1, part });
  }
  growPart(part, text);
  const delta = { content_index: item.content.length - 1, delta: text, ...(kind === 'text' && { logprobs: [] }) };
  return written + itemEvent(writing, `${wireKinds[kind]}.delta`, item, delta);
}

function closePart(writing: Writing, item: MessageItem): string {
  const part = item.content.at(-1);
  if (!part) return '';
  const content_index = item.content.length - 1;
  const said = part.type === 'output_text' ? { text: part.text, logprobs: [] } : { refusal: part.refusal };
  const done = itemEvent(writing, `${part.type}.done`, item, { content_index, ...said });
  return done + itemEvent(writing, 'content_part.done', item, { content_index, part });
}

/** A trace ends with its signature, or is one piece that nobody can read. */
function writeReasoning(writing: Writing, { text, signature, redacted }: ReasoningDelta): string {
  let written = '';
  let item = writing.open;
  if (item?.type !== 'reasoning' || redacted !== '') {
    const reasoning = writing.make.reasoning();
    written += close(writing, 'completed') + open(writing, reasoning);
    writing.open = reasoning;
    item = reasoning;
  }
  if (text !== '') written += growSummary(writing, item, text);
  item.encrypted_content = encryptedContent({ text, signature, redacted });
  return item.encrypted_content === null ? written : written + close(writing, 'completed');
}

function growSummary(writing: Writing, item: ReasoningItem, text: string): string {
  let written = '';
  let part = item.summary[0];
  if (!part) {
    part = { type: 'summary_text', text: '' };
    item.summary.push(part);
    written = itemEvent(writing, 'reasoning_summary_part.added', item, { summary_index: 0, part });
  }
  part.text += text;
  return written + itemEvent(writing, 'reasoning_summary_text.delta', item, { summary_index: 0, delta: text });
}

function closeSummary(writing: Writing, item: ReasoningItem): string {
  const [part] = item.summary;
  if (!part) return '';
  const done = itemEvent(writing, 'reasoning_summary_text.done', item, { summary_index: 0, text: part.text });
  return done + itemEvent(writing, 'reasoning_summary_part.done', item, { summary_index: 0, part });
}

/** Closes what is being said or thought. */
function close(writing: Writing, status: ItemStatus): string {
  const item = writing.open;
  if (!item) return '';
  writing.open = undefined;
  const inside = item.type === 'message' ? closePart(writing, item) : closeSummary(writing, item);
  return inside + closeItem(writing, item, status);
}

function writeEnd(writing: Writing, head: object, ending: AnswerEnding): string {
  const status = statusOf(ending);
  const last = writing.items.at(-1);
  const statusOfItem = (item: OutputItem) => (item === last ? status : 'completed');
  let written = writing.open ? close(writing, statusOfItem(writing.open)) : '';
  for (const item of writing.calls.values()) {
    const { name, arguments: complete } = item;
    written += itemEvent(writing, 'function_call_arguments.done', item, { name, arguments: complete });
    written += closeItem(writing, item, statusOfItem(item));
  }
  const response = { ...head, ...responseEnd(ending, writing.items), x_waybill: writeBooks(ending.summary) };
  return written + event(writing, `response.${status}`, { response });
}

/** The last event of a response that broke off; there is none that says it is complete. */
function writeFailure(writing: Writing, because: Fault): string {
  const { openaiCode } = wordsOf(because);
  const { message, details } = because;
  return event(writing, 'error', { code: openaiCode, message, param: details.field || null, details });
}
