// OpenAI's messages -> canonical ones.
import { type ContentPart, type Message, Role } from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import { contentPart, message, readCallId, textPart } from '../content.ts';
import { readDataUrl, readPicture } from '../reading/picture.ts';
import { fieldFault } from '../reading/problem.ts';
import { withReasoning } from './reasoning.ts';
import type { WireContent, WireMessage } from './wire.ts';

type WirePart = Exclude<WireContent, string>[number];
type Assistant = Extract<WireMessage, { role: 'assistant' }>;

/** Names of tools by the ids of the calls seen so far: results name only the id. */
type ToolNames = Map<string, string>;

/** The conversation, or the fault of the part that cannot be read. */
export function readMessages(sent: readonly WireMessage[]): Message[] | Fault {
  const messages: Message[] = [];
  const toolNames: ToolNames = new Map();
  for (const [index, wire] of sent.entries()) {
    const read = readMessage(wire, toolNames, `messages[${index}]`);
    if ('kind' in read) return read;
    messages.push(read);
  }
  return messages;
}

function readMessage(wire: WireMessage, toolNames: ToolNames, field: string): Message | Fault {
  switch (wire.role) {
    case 'system':
    case 'developer':
      return message(Role.SYSTEM, readText(wire.content), wire.name ?? '');
    case 'user': {
      const parts = readParts(wire.content, `${field}.content`);
      return 'kind' in parts ? parts : message(Role.USER, parts, wire.name ?? '');
    }
    case 'assistant':
      for (const { id, function: called } of wire.tool_calls ?? []) toolNames.set(id, called.name);
      return message(Role.ASSISTANT, readAssistant(wire), wire.name ?? '');
    case 'tool': {
      const name = toolNames.get(wire.tool_call_id) ?? '';
      const value = {
        toolCallId: readCallId(wire.tool_call_id).id,
        name,
        parts: readText(wire.content),
        isError: false,
      };
      return message(Role.TOOL, [contentPart({ $case: 'toolResult', value })]);
    }
    default:
      return wire satisfies never;
  }
}

function readText(content: string | readonly Extract<WirePart, { type: 'text' }>[]): ContentPart[] {
  if (typeof content === 'string') return [textPart(content)];
  return content.map((wire) => textPart(wire.text, lifetimeOf(wire)));
}

function readParts(content: WireContent, field: string): ContentPart[] | Fault {
  if (typeof content === 'string') return [textPart(content)];
  const parts: ContentPart[] = [];
  for (const [index, wire] of content.entries()) {
    const part = readPart(wire);
    if (typeof part === 'string') return fieldFault(`${field}[${index}].${part}`, wants[wire.type]);
    parts.push(contentPart(part, lifetimeOf(wire)));
  }
  return parts;
}

function lifetimeOf({ prompt_cache_breakpoint: breakpoint }: WirePart): string | undefined {
  return breakpoint ? (breakpoint.ttl ?? '') : undefined;
}

const wants: Readonly<Record<WirePart['type'], string>> = {
  text: 'is wrong',
  image_url: 'is no picture; give an http(s) address or a data URL in base64',
  input_audio: 'is wrong',
  file: 'is no file; give a data URL in base64, such as data:application/pdf;base64,...',
};

/** The part, or the name of the field that cannot be read. */
function readPart(wire: WirePart): ContentPart['part'] | string {
  switch (wire.type) {
    case 'text':
      return { $case: 'text', value: { text: wire.text } };
    case 'image_url': {
      const value = readPicture(wire.image_url.url, wire.image_url.detail ?? '');
      return value ? { $case: 'image', value } : 'image_url.url';
    }
    case 'input_audio': {
      const { data: content, format } = wire.input_audio;
      return { $case: 'audio', value: { content, mediaType: `audio/${format}` } };
    }
    case 'file': {
      const inline = readDataUrl(wire.file.file_data);
      if (!inline) return 'file.file_data';
      const { mediaType, content } = inline;
      const source = { $case: 'content', value: content } as const;
      return { $case: 'document', value: { source, mediaType, fileName: wire.file.filename ?? '' } };
    }
    default:
      return wire satisfies never;
  }
}

function readAssistant(wire: Assistant): ContentPart[] {
  return withReasoning(readSpoken(wire), wire.reasoning_details ?? []);
}

function readSpoken({ content, refusal, tool_calls: toolCalls }: Assistant): ContentPart[] {
  const parts: ContentPart[] = [];
  // Clients put an empty text beside tool calls, which is nothing that the model said.
  if (typeof content === 'string' && content !== '') parts.push(textPart(content));
  for (const wire of Array.isArray(content) ? content : []) {
    if (wire.type === 'text') parts.push(textPart(wire.text, lifetimeOf(wire)));
    else parts.push(contentPart({ $case: 'refusal', value: { text: wire.refusal } }));
  }
  if (refusal) parts.push(contentPart({ $case: 'refusal', value: { text: refusal } }));
  for (const { id, function: called } of toolCalls ?? []) {
    const value = { ...readCallId(id), name: called.name, argumentsJson: called.arguments };
    parts.push(contentPart({ $case: 'toolCall', value }));
  }
  return parts;
}
