// Canonical messages -> Cohere's: tool plans and thinking are the assistant's, tool results messages of their own.
import { type ContentPart, type Message, Role, type ToolResult } from '@waybill/contracts';
import { dataUrl, type PartValue, sourceOfMedia, toolResultText } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { documentText } from './documents.ts';
import type { WireMessage, WirePart, WireToolCall } from './wire.ts';

/** Tool results come before what else their message holds; messages of which nothing is left are left out. */
export function encodeMessages(messages: readonly Message[], support: Support): WireMessage[] {
  return messages.flatMap((message) => {
    if (message.name !== '') support.can('message.name');
    for (const { cacheBreakpoint } of message.parts) if (cacheBreakpoint) support.can('prompt_caching');
    if (message.role === Role.ASSISTANT) return encodeAssistant(message, support);
    const results = message.parts.flatMap(({ part }) => (part?.$case === 'toolResult' ? [part.value] : []));
    const rest = message.parts.filter(({ part }) => part?.$case !== 'toolResult');
    return [...results.map((result) => encodeResult(result, support)), ...encodeTurn(message.role, rest, support)];
  });
}

function encodeResult(result: ToolResult, support: Support): WireMessage {
  return { role: 'tool', tool_call_id: result.toolCallId, content: toolResultText(result, support) };
}

function encodeTurn(role: Role, parts: readonly ContentPart[], support: Support): WireMessage[] {
  const content = contentOf(parts.flatMap((part) => encodePart(part, support)));
  return content === undefined ? [] : [{ role: role === Role.SYSTEM ? 'system' : 'user', content }];
}

function encodeAssistant(message: Message, support: Support): WireMessage[] {
  const calls: WireToolCall[] = [];
  const parts: WirePart[] = [];
  let plan = '';
  for (const entry of message.parts) {
    if (entry.part?.$case === 'toolCall') calls.push(encodeToolCall(entry.part.value));
    else if (isPlan(entry)) plan += entry.part?.$case === 'reasoning' ? entry.part.value.text : '';
    else parts.push(...encodePart(entry, support));
  }
  const content = contentOf(parts);
  if (content === undefined && calls.length === 0) return [];
  const tool_calls = calls.length > 0 ? calls : undefined;
  return [{ role: 'assistant', content, tool_plan: plan || undefined, tool_calls }];
}

function isPlan({ part }: ContentPart): boolean {
  return part?.$case === 'reasoning' && part.value.signature === 'tool_plan';
}

function encodeToolCall({ id, name, argumentsJson }: PartValue<'toolCall'>): WireToolCall {
  return { id, type: 'function', function: { name, arguments: argumentsJson === '' ? '{}' : argumentsJson } };
}

/** A single text as a string, anything else as a list; undefined when there is nothing. */
function contentOf(parts: WirePart[]): string | WirePart[] | undefined {
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text') return only.text;
  return parts.length === 0 ? undefined : parts;
}

function encodePart({ part }: ContentPart, support: Support): WirePart[] {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return part.value.text === '' ? [] : [{ type: 'text', text: part.value.text }];
    case 'image':
      return encodeImage(part.value, support);
    case 'reasoning':
      return encodeReasoning(part.value, support);
    case 'document':
      if (documentText(part.value) === undefined) support.can('documents');
      return [];
    case 'audio':
      support.can('audio_input');
      return [];
    default:
      return [];
  }
}

function encodeImage(image: PartValue<'image'>, support: Support): WirePart[] {
  const source = sourceOfMedia(image);
  if (!source) return [];
  const url = source.kind === 'url' ? source.url : dataUrl(source);
  const detail = image.detail || undefined;
  if (support.can('vision')) return [{ type: 'image_url', image_url: { url, detail } }];
  return [];
}

/** Thinking has no signature on this wire, so that of any provider can be shown to the model. */
function encodeReasoning({ text }: PartValue<'reasoning'>, support: Support): WirePart[] {
  if (text === '') support.leftOut('messages.reasoning', 'a reasoning trace without text cannot be sent here');
  return text !== '' && support.can('reasoning.replay') ? [{ type: 'thinking', thinking: text }] : [];
}
