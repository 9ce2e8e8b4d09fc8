// The items of a response -> reply parts, whole or piece by piece. What came in pieces is not told again by the whole.
import type { ReplyPart } from '@waybill/contracts';
import { responsesSignature } from '../encoding/trace.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { argumentsPart, reasoningPart, refusalPart, textPart, toolCallIdOf, toolCallPart } from '../reply/parts.ts';
import type { ResponseProgress } from './stream.ts';

/** What is kept of one item. */
export interface ItemProgress {
  /** The index of the tool call it is. */
  readonly toolCall: number | undefined;
  /** Some of its text or arguments has come. */
  hasContent: boolean;
  isOver: boolean;
}

/** An item begins; a tool call is told at once. */
export function startItem(state: ResponseProgress, index: unknown, item: JsonObject, parts: ReplyPart[]): ItemProgress {
  const known = state.items.get(index);
  const isCall = item.type === 'function_call';
  if (known && (known.toolCall !== undefined || !isCall)) return known;
  const toolCall = isCall ? state.toolCallCount : undefined;
  const started = { toolCall, hasContent: false, isOver: false };
  state.items.set(index, started);
  if (toolCall !== undefined) {
    state.toolCallCount += 1;
    const id = textOf(item.call_id) || toolCallIdOf(state.request.attemptId, toolCall);
    parts.push(toolCallPart(toolCall, id, textOf(item.name)));
  }
  return started;
}

/** All items of a response that is whole. */
export function readItems(state: ResponseProgress, response: JsonObject, parts: ReplyPart[]): void {
  listOf(response.output).forEach((item, index) => {
    readItem(state, index, objectOf(item), parts);
  });
}

/** An item that is whole: what of it has not come in pieces. */
export function readItem(state: ResponseProgress, index: unknown, item: JsonObject, parts: ReplyPart[]): void {
  const progress = startItem(state, index, item, parts);
  if (progress.isOver) return;
  progress.isOver = true;
  switch (item.type) {
    case 'message':
      if (!progress.hasContent) parts.push(...listOf(item.content).flatMap((each) => contentParts(objectOf(each))));
      return;
    case 'function_call':
      addArguments(progress, item.arguments, parts);
      return;
    case 'reasoning':
      if (!progress.hasContent) addThought(progress, thoughtOf(item), parts);
      addSignature(item, parts);
      return;
    default:
      // Tools that run at the provider; their items are not part of the canonical answer.
      return;
  }
}

function contentParts({ type, text, refusal }: JsonObject): ReplyPart[] {
  if (type === 'output_text' && textOf(text) !== '') return [textPart(textOf(text))];
  return type === 'refusal' && textOf(refusal) !== '' ? [refusalPart(textOf(refusal))] : [];
}

/** All arguments at once, unless they came in pieces. */
function addArguments(progress: ItemProgress, whole: unknown, parts: ReplyPart[]): void {
  const text = textOf(whole);
  if (progress.toolCall === undefined || progress.hasContent || text === '') return;
  progress.hasContent = true;
  parts.push(argumentsPart(progress.toolCall, text));
}

const betweenSummaries = '\n\n';

/** What the model shows of its reasoning: summaries, or the text itself where the model is open. */
function thoughtOf(item: JsonObject): string {
  const texts = (list: unknown) => listOf(list).map((entry) => textOf(objectOf(entry).text));
  const summary = texts(item.summary).join(betweenSummaries);
  return summary + texts(item.content).join('');
}

function addThought(progress: ItemProgress, text: string, parts: ReplyPart[]): void {
  if (text === '') return;
  progress.hasContent = true;
  parts.push(reasoningPart(text));
}

function addSignature(item: JsonObject, parts: ReplyPart[]): void {
  const encrypted = textOf(item.encrypted_content);
  if (encrypted !== '') parts.push(reasoningPart('', responsesSignature(textOf(item.id), encrypted)));
}

/** A piece of an item. Events that are newer than this code bring nothing. */
export function readItemDelta(state: ResponseProgress, event: JsonObject, parts: ReplyPart[]): void {
  const partOf = partMakers[textOf(event.type)];
  if (partOf === undefined) return;
  const progress = state.items.get(event.output_index) ?? startItem(state, event.output_index, {}, parts);
  const part = partOf(event, progress);
  if (part === undefined) return;
  progress.hasContent = true;
  parts.push(part);
}

type PartMaker = (event: JsonObject, progress: ItemProgress) => ReplyPart | undefined;

const partMakers: Readonly<Record<string, PartMaker>> = Object.assign(Object.create(null), {
  'response.output_text.delta': ofText(textPart),
  'response.refusal.delta': ofText(refusalPart),
  'response.reasoning_summary_text.delta': ofText(reasoningPart),
  'response.reasoning_text.delta': ofText(reasoningPart),
  'response.reasoning_summary_part.added': (_event, { hasContent }) =>
    hasContent ? reasoningPart(betweenSummaries) : undefined,
  'response.function_call_arguments.delta': ({ delta }, { toolCall }) =>
    toolCall === undefined || textOf(delta) === '' ? undefined : argumentsPart(toolCall, textOf(delta)),
  'response.function_call_arguments.done': ({ arguments: whole }, { toolCall, hasContent }) =>
    toolCall === undefined || hasContent || textOf(whole) === '' ? undefined : argumentsPart(toolCall, textOf(whole)),
} satisfies Record<string, PartMaker>);

function ofText(partOf: (text: string) => ReplyPart): PartMaker {
  return ({ delta }) => (textOf(delta) === '' ? undefined : partOf(textOf(delta)));
}
