// The output items of OpenAI's responses.
import type { Citation, ContentPart, ReasoningTrace, ToolCall } from '@waybill/contracts';
import { type AddressCitation, addressCitations } from '../citations.ts';
import { writeCallId } from '../content.ts';
import { encryptedContent } from './trace.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type Annotation = AddressCitation & { readonly type: 'url_citation' };

export type MessagePart =
  | { readonly type: 'output_text'; text: string; readonly annotations: Annotation[]; readonly logprobs: [] }
  | { readonly type: 'refusal'; refusal: string };

export interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  status: ItemStatus;
  readonly role: 'assistant';
  readonly content: MessagePart[];
}

export interface ReasoningItem {
  readonly id: string;
  readonly type: 'reasoning';
  status: ItemStatus;
  readonly summary: { readonly type: 'summary_text'; text: string }[];
  encrypted_content: string | null;
}

export interface CallItem {
  readonly id: string;
  readonly type: 'function_call';
  status: ItemStatus;
  arguments: string;
  readonly call_id: string;
  readonly name: string;
}

export type OutputItem = MessageItem | ReasoningItem | CallItem;

/** Makes the items of one answer; each has an id of its own. */
export function itemMaker(callId: string) {
  let made = 0;
  const idOf = (prefix: string) => {
    made += 1;
    return `${prefix}_${callId}_${made}`;
  };
  return {
    message: (): MessageItem => {
      return { id: idOf('msg'), type: 'message', status: 'in_progress', role: 'assistant', content: [] };
    },
    reasoning: (): ReasoningItem => {
      return { id: idOf('rs'), type: 'reasoning', status: 'in_progress', summary: [], encrypted_content: null };
    },
    call: (call: Pick<ToolCall, 'id' | 'name' | 'providerState'>): CallItem => ({
      id: idOf('fc'),
      type: 'function_call',
      status: 'in_progress',
      arguments: '',
      call_id: writeCallId(call),
      name: call.name,
    }),
  };
}

export type ItemMaker = ReturnType<typeof itemMaker>;

export function emptyPart(kind: 'text' | 'refusal'): MessagePart {
  return kind === 'text'
    ? { type: 'output_text', text: '', annotations: [], logprobs: [] }
    : { type: 'refusal', refusal: '' };
}

/** Adds to a part's text. */
export function growPart(part: MessagePart, text: string): void {
  if (part.type === 'output_text') part.text += text;
  else part.refusal += text;
}

/** The part of the text that a place in it falls into, and where that part begins; undefined beyond the text. */
export function partAt(
  items: readonly OutputItem[],
  place: number,
): { readonly item: MessageItem; readonly index: number; readonly start: number } | undefined {
  let start = 0;
  for (const item of items) {
    for (const [index, part] of item.type === 'message' ? item.content.entries() : []) {
      const length = part.type === 'output_text' ? Array.from(part.text).length : 0;
      if (place < start + length) return { item: item as MessageItem, index, start };
      start += length;
    }
  }
  return undefined;
}

/** Places in a part's text are counted from its own beginning. */
export function annotationsOf(citation: Citation, start: number): Annotation[] {
  return addressCitations(citation).map((cited) => ({
    type: 'url_citation',
    ...cited,
    start_index: cited.start_index - start,
    end_index: cited.end_index - start,
  }));
}

/** Adds what is cited to the text it is cited for. */
export function annotate(items: readonly OutputItem[], citations: readonly Citation[]): void {
  for (const citation of citations) {
    const { item, index, start } = partAt(items, citation.start) ?? {};
    const part = item?.content[index!];
    if (part?.type === 'output_text') part.annotations.push(...annotationsOf(citation, start!));
  }
}

/** The items of a whole answer; the last one takes the answer's own status. */
export function outputItems(content: readonly ContentPart[], make: ItemMaker, last: ItemStatus): OutputItem[] {
  const items: OutputItem[] = [];
  for (const { part } of content) {
    if (part?.$case === 'text' || part?.$case === 'refusal') addText(items, make, part.$case, part.value.text);
    else if (part?.$case === 'reasoning') items.push(wholeReasoning(make.reasoning(), part.value));
    else if (part?.$case === 'toolCall') {
      items.push({ ...make.call(part.value), arguments: part.value.argumentsJson });
    }
  }
  for (const item of items) item.status = item === items.at(-1) ? last : 'completed';
  return items;
}

function addText(items: OutputItem[], make: ItemMaker, kind: 'text' | 'refusal', text: string): void {
  let message = items.at(-1);
  if (message?.type !== 'message') {
    message = make.message();
    items.push(message);
  }
  const part = emptyPart(kind);
  growPart(part, text);
  message.content.push(part);
}

function wholeReasoning(item: ReasoningItem, trace: ReasoningTrace): ReasoningItem {
  if (trace.text !== '') item.summary.push({ type: 'summary_text', text: trace.text });
  item.encrypted_content = encryptedContent(trace);
  return item;
}
