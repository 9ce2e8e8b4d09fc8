// Canonical messages -> messages of the OpenAI dialect.
import { type ContentPart, type Message, Role, type ToolCall, type ToolResult } from '@waybill/contracts';
import { base64, dataUrl, type PartValue, sourceOfMedia, toolResultText } from '../encoding/content.ts';
import { type Support, supported } from '../encoding/support.ts';
import type { WireMessage, WirePart, WireToolCall } from './wire.ts';

/** Tool results become messages of their own, before what else their message holds. */
export function encodeMessages(messages: readonly Message[], support: Support): WireMessage[] {
  return messages.flatMap((message) => encodeMessage(message, support));
}

function encodeMessage(message: Message, support: Support): WireMessage[] {
  if (message.role === Role.ASSISTANT) return [encodeAssistant(message, support)];
  const results = message.parts.flatMap(({ part }) => (part?.$case === 'toolResult' ? [part.value] : []));
  const rest = message.parts.filter(({ part }) => part?.$case !== 'toolResult');
  const wire: WireMessage[] = results.map((result) => encodeResult(result, support));
  if (rest.length > 0) {
    const role = message.role === Role.SYSTEM ? 'system' : 'user';
    wire.push({ role, content: encodeContent(rest, support), name: nameOf(message, support) });
  }
  return wire;
}

function nameOf(message: Message, support: Support): string | undefined {
  return supported(support, 'message.name', message.name || undefined);
}

function encodeResult(result: ToolResult, support: Support): WireMessage {
  return { role: 'tool', tool_call_id: result.toolCallId, content: toolResultText(result, support) };
}

function encodeAssistant(message: Message, support: Support): WireMessage {
  const calls: WireToolCall[] = [];
  const content: ContentPart[] = [];
  let refusal = '';
  for (const entry of message.parts) {
    if (entry.part?.$case === 'toolCall') calls.push(encodeToolCall(entry.part.value));
    else if (entry.part?.$case === 'refusal') refusal += entry.part.value.text;
    else if (entry.part?.$case === 'reasoning') support.can('reasoning.replay');
    else content.push(entry);
  }
  return {
    role: 'assistant',
    content: content.length === 0 && calls.length > 0 ? null : encodeContent(content, support),
    name: nameOf(message, support),
    refusal: refusal || undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
  };
}

function encodeToolCall({ id, name, argumentsJson }: ToolCall): WireToolCall {
  return { id, type: 'function', function: { name, arguments: argumentsJson === '' ? '{}' : argumentsJson } };
}

/** A single plain text as a string, which every server understands; anything else as a list of parts. */
function encodeContent(parts: readonly ContentPart[], support: Support): string | WirePart[] {
  const wire = parts.flatMap((part) => encodePart(part, support));
  const [only] = wire;
  if (wire.length === 1 && only?.type === 'text' && !only.prompt_cache_breakpoint) return only.text;
  return wire.length === 0 ? '' : wire;
}

function encodePart(entry: ContentPart, support: Support): WirePart[] {
  const wire = encodeBody(entry, support);
  if (wire && entry.cacheBreakpoint && support.can('prompt_caching')) {
    wire.prompt_cache_breakpoint = encodeBreakpoint(entry.cacheBreakpoint.timeToLive, support);
  }
  return wire ? [wire] : [];
}

/** A breakpoint of OpenAI's explicit caching. */
export function encodeBreakpoint(timeToLive: string, support: Support): { mode: 'explicit'; ttl?: string } {
  if (timeToLive === '30m' || timeToLive === '12h') return { mode: 'explicit', ttl: timeToLive };
  if (timeToLive !== '')
    support.adjusted('prompt_caching', `a lifetime of ${timeToLive} became the provider's default`);
  return { mode: 'explicit' };
}

function encodeBody({ part }: ContentPart, support: Support): WirePart | undefined {
  switch (part?.$case) {
    case 'text':
      return { type: 'text', text: part.value.text };
    case 'image':
      return encodeImage(part.value, support);
    case 'document':
      return encodeDocument(part.value, support);
    case 'audio':
      return encodeAudio(part.value, support);
    default:
      if (part) support.leftOut(`messages.${part.$case}`, `${part.$case} has no place in a message of this role`);
      return undefined;
  }
}

function encodeImage(image: PartValue<'image'>, support: Support): WirePart | undefined {
  const source = sourceOfMedia(image);
  if (!source || !support.can('vision')) return undefined;
  if (source.kind === 'url' && !support.can('vision.url')) return undefined;
  const url = source.kind === 'url' ? source.url : dataUrl(source);
  return { type: 'image_url', image_url: { url, detail: image.detail || undefined } };
}

function encodeDocument(document: PartValue<'document'>, support: Support): WirePart | undefined {
  const source = sourceOfMedia(document);
  if (!source || !support.can('documents')) return undefined;
  if (source.kind === 'inline') {
    return { type: 'file', file: { file_data: dataUrl(source), filename: document.fileName || 'document' } };
  }
  if (!support.can('documents.url')) return undefined;
  return { type: 'file', file: { file_url: source.url, filename: document.fileName || undefined } };
}

const audioFormats: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};

function encodeAudio({ content, mediaType }: PartValue<'audio'>, support: Support): WirePart | undefined {
  if (!support.can('audio_input')) return undefined;
  const format = audioFormats[mediaType];
  if (format) return { type: 'input_audio', input_audio: { data: base64(content), format } };
  support.leftOut('audio_input.media_type', `audio of type ${mediaType} cannot be sent`);
  return undefined;
}
