// Canonical messages -> Ollama's: plain text, inline images, and tool results by the tool's name.
import { type Message, Role, type ToolResult } from '@waybill/contracts';
import { argumentsObject, sourceOfMedia, toolResultText } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { isOwnToolCallId } from '../reply/parts.ts';
import type { WireMessage } from './wire.ts';

/** Tool results become messages of their own, before what else their message holds. */
export function encodeMessages(messages: readonly Message[], support: Support): WireMessage[] {
  const toolNames = new Map<string, string>();
  return messages.flatMap((message) => {
    if (message.name !== '') support.can('message.name');
    const results = message.parts.flatMap(({ part }) => (part?.$case === 'toolResult' ? [part.value] : []));
    const wire = results.map((result) => encodeResult(result, toolNames, support));
    if (results.length < message.parts.length) wire.push(encodeTurn(message, toolNames, support));
    return wire;
  });
}

function encodeResult(result: ToolResult, toolNames: ReadonlyMap<string, string>, support: Support): WireMessage {
  const name = result.name || toolNames.get(result.toolCallId);
  const content = toolResultText(result, support);
  return { role: 'tool', content, tool_name: name, tool_call_id: wireId(result.toolCallId) };
}

/** Ids that we made up are not sent: the provider matches by name and order then. */
function wireId(id: string): string | undefined {
  return id === '' || isOwnToolCallId(id) ? undefined : id;
}

function encodeTurn(message: Message, toolNames: Map<string, string>, support: Support): WireMessage {
  const wire: WireMessage = { role: roleOf(message.role), content: '' };
  for (const entry of message.parts) {
    if (entry.cacheBreakpoint) support.can('prompt_caching');
    addPart(wire, entry.part, toolNames, support);
  }
  return wire;
}

function roleOf(role: Role): WireMessage['role'] {
  if (role === Role.SYSTEM) return 'system';
  return role === Role.ASSISTANT ? 'assistant' : 'user';
}

function addPart(
  wire: WireMessage,
  part: Message['parts'][number]['part'],
  toolNames: Map<string, string>,
  support: Support,
): void {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      wire.content += part.value.text;
      return;
    case 'image':
      addImage(wire, part.value, support);
      return;
    case 'reasoning':
      wire.thinking = (wire.thinking ?? '') + part.value.text;
      return;
    case 'toolCall': {
      const { id, name, argumentsJson } = part.value;
      toolNames.set(id, name);
      wire.tool_calls = [
        ...(wire.tool_calls ?? []),
        { id: wireId(id), function: { name, arguments: argumentsObject(argumentsJson, support) } },
      ];
      return;
    }
    case 'document':
      support.can('documents');
      return;
    case 'audio':
      support.can('audio_input');
      return;
    default:
      return;
  }
}

function addImage(wire: WireMessage, image: Parameters<typeof sourceOfMedia>[0], support: Support): void {
  const source = sourceOfMedia(image);
  if ('detail' in image && image.detail !== '' && image.detail !== 'auto') {
    support.leftOut('image.detail', 'this provider has no levels of detail for images');
  }
  if (source?.kind === 'inline') wire.images = [...(wire.images ?? []), source.content];
  else if (source) support.can('vision.url');
}
