// Canonical messages -> system instruction and contents.
import { type ContentPart, type Message, Role, type ToolCall, type ToolResult } from '@waybill/contracts';
import { argumentsObject, base64, sourceOfMedia, toolResultText } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { itemBehind } from '../encoding/trace.ts';
import { parseExactly } from '../reading/exact.ts';
import { isOwnToolCallId } from '../reply/parts.ts';
import type { WireContent, WirePart } from './wire.ts';

/** The turns, with neighbours of the same role merged, so that all tool results come in one. */
export function encodeContents(messages: readonly Message[], model: string, support: Support): WireContent[] {
  const contents: WireContent[] = [];
  const toolNames = new Map<string, string>();
  for (const message of messages) {
    if (message.role === Role.SYSTEM) continue;
    if (message.name !== '') support.can('message.name');
    const role = message.role === Role.ASSISTANT ? 'model' : 'user';
    const parts = message.parts.flatMap((part) => encodePart(part, toolNames, support));
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  if (wantsSignatures(model)) for (const content of contents) signFirstCall(content, support);
  return contents;
}

/** Since version 3 a tool call without the thought signature it came with is refused. */
function wantsSignatures(model: string): boolean {
  return /(?:^|\/)gemini-(?:[3-9]|\d\d)/.test(model);
}

/** What the provider documents for calls that another provider made, or nobody. */
const skipsValidation = 'skip_thought_signature_validator';

/** Of calls made together the first has the signature. */
function signFirstCall({ parts }: WireContent, support: Support): void {
  const first = parts.find((part) => 'functionCall' in part);
  if (!first || first.thoughtSignature) return;
  first.thoughtSignature = skipsValidation;
  support.adjusted('tool_call.signature', 'a tool call that another provider made was sent without its thought');
}

/** The system instruction; system messages further down move up to it. */
export function encodeSystem(messages: readonly Message[], support: Support): { parts: WirePart[] } | undefined {
  const system = messages.filter(({ role }) => role === Role.SYSTEM);
  const firstTurn = messages.findIndex(({ role }) => role !== Role.SYSTEM);
  if (firstTurn >= 0 && messages.slice(firstTurn).some(({ role }) => role === Role.SYSTEM)) {
    support.adjusted('messages.system', 'system messages between turns were moved to the beginning');
  }
  const parts = system.flatMap((message) => message.parts.flatMap((part) => encodePart(part, new Map(), support)));
  return parts.length > 0 ? { parts } : undefined;
}

function encodePart(entry: ContentPart, toolNames: Map<string, string>, support: Support): WirePart[] {
  if (entry.cacheBreakpoint) support.can('prompt_caching');
  const { part } = entry;
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return part.value.text === '' ? [] : [{ text: part.value.text }];
    case 'image':
    case 'document':
      return encodeMedia(part, support);
    case 'audio':
      return [{ inlineData: { mimeType: part.value.mediaType, data: base64(part.value.content) } }];
    case 'toolCall':
      toolNames.set(part.value.id, part.value.name);
      return [encodeToolCall(part.value, support)];
    case 'toolResult':
      return [encodeResult(part.value, toolNames, support)];
    case 'reasoning': {
      const { text, signature } = part.value;
      if (itemBehind(signature)) {
        support.leftOut('messages.reasoning', 'a reasoning trace that another provider encrypted cannot be sent here');
        return [];
      }
      return [{ text, thought: true, thoughtSignature: signature || undefined }];
    }
    default:
      return [];
  }
}

type Media = Extract<NonNullable<ContentPart['part']>, { $case: 'image' | 'document' }>;

function encodeMedia(media: Media, support: Support): WirePart[] {
  const source = sourceOfMedia(media.value);
  if (media.$case === 'image' && media.value.detail !== '' && media.value.detail !== 'auto') {
    support.leftOut('image.detail', 'this provider has no levels of detail for single images');
  }
  if (!source) return [];
  if (source.kind === 'inline') return [{ inlineData: { mimeType: source.mediaType, data: source.content } }];
  return [{ fileData: { mimeType: media.value.mediaType || undefined, fileUri: source.url } }];
}

/** Ids that we made up are not sent: the provider matches by name and order then. */
function wireId(id: string): string | undefined {
  return id === '' || isOwnToolCallId(id) ? undefined : id;
}

function encodeToolCall({ id, name, argumentsJson, providerState }: ToolCall, support: Support): WirePart {
  const thoughtSignature = providerState.length > 0 ? Buffer.from(providerState).toString('utf8') : undefined;
  return { functionCall: { id: wireId(id), name, args: argumentsObject(argumentsJson, support) }, thoughtSignature };
}

function encodeResult(result: ToolResult, toolNames: ReadonlyMap<string, string>, support: Support): WirePart {
  const name = result.name || (toolNames.get(result.toolCallId) ?? '');
  const text = toolResultText({ ...result, isError: false }, support);
  const response = result.isError ? { error: text } : resultObject(text);
  return { functionResponse: { id: wireId(result.toolCallId), name, response } };
}

/** The wire wants an object; any other result becomes its `result` member. */
function resultObject(text: string): unknown {
  const value = text.trimStart().startsWith('{') ? parseExactly(text) : undefined;
  return value ?? { result: text };
}
