// The most prompt tokens a provider can count for a call: what limits and budgets hold before it is made.
import type { Call, Chat, ContentPart, Tool } from '@waybill/contracts';
import { boundText, type CountTokens } from './tokenizer.ts';

/** What makes the bound tighter. */
export interface InputBoundOptions {
  /** Narrows the cost of images. */
  readonly upstreamModel?: string;
  /** The model's own tokenizer; without one, a token is taken to have at least one byte. */
  readonly countTokens?: CountTokens | undefined;
}

/** Tokens that wires and models add around what the caller sent. */
const perCall = 64;
const perMessage = 16;
const perPart = 4;
const perTool = 32;
/** Providers put instructions in front of tools; Anthropic's take several hundred tokens. */
const perToolbox = 1024;
const perSchema = 64;

/** The dearest way a picture is cut into tiles: gpt-4o-mini counts up to 2833 + 8 x 5667, others far less. */
const perImage = 16_384;
const perImageOfGpt4oMini = 48_169;

/** A document has text and pictures of its pages; nothing in its size says how much, nor does an address. */
const perDocument = 2_000_000;

/** Speech counts at most 32 tokens a second and no codec in use puts a second into less than 512 bytes. */
const bytesPerAudioToken = 16;

/**
 * An upper bound of the prompt tokens. Documents make it very large: cap it with the model's context window, beyond
 * which a provider refuses the call.
 */
export function boundInputTokens(call: Call, options: InputBoundOptions = {}): number {
  switch (call.task?.$case) {
    case 'chat':
      return perCall + boundChat(call.task.value, options);
    case 'embedding':
      return perCall + sum(call.task.value.inputs, (input) => perPart + boundText(input, options.countTokens));
    default:
      return perCall;
  }
}

function boundChat(chat: Chat, options: InputBoundOptions): number {
  const messages = sum(chat.messages, ({ name, parts }) => {
    return perMessage + boundText(name, options.countTokens) + sum(parts, (part) => boundPart(part, options));
  });
  const tools = chat.tools.length === 0 ? 0 : perToolbox + sum(chat.tools, (tool) => boundTool(tool, options));
  const schema = chat.outputFormat ? perSchema + boundText(chat.outputFormat.schemaJson, options.countTokens) : 0;
  return messages + tools + schema;
}

function boundTool({ name, description, parametersJson }: Tool, { countTokens }: InputBoundOptions): number {
  return perTool + sum([name, description, parametersJson], (text) => boundText(text, countTokens));
}

function boundPart({ part }: ContentPart, options: InputBoundOptions): number {
  const text = (...texts: string[]) => perPart + sum(texts, (one) => boundText(one, options.countTokens));
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return text(part.value.text);
    case 'image':
      return perPart + boundImage(options.upstreamModel);
    case 'document':
      return text(part.value.fileName) + perDocument;
    case 'audio':
      return perPart + Math.ceil(part.value.content.length / bytesPerAudioToken) + 64;
    case 'toolCall':
      return perTool + text(part.value.id, part.value.name, part.value.argumentsJson) + part.value.providerState.length;
    case 'toolResult':
      return (
        perTool + text(part.value.toolCallId, part.value.name) + sum(part.value.parts, (one) => boundPart(one, options))
      );
    case 'reasoning':
      return text(part.value.text) + part.value.signature.length + part.value.redacted.length;
    default:
      return 0;
  }
}

function boundImage(upstreamModel = ''): number {
  return upstreamModel === '' || upstreamModel.startsWith('gpt-4o-mini') ? perImageOfGpt4oMini : perImage;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
