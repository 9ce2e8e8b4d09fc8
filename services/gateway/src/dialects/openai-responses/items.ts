// Items of OpenAI's responses -> canonical messages. What an assistant said, thought and called are items of their own
// there, and parts of one turn here.
import { type ContentPart, type Message, Role } from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import { contentPart, message, readCallId, textPart } from '../content.ts';
import { readDataUrl, readPicture } from '../reading/picture.ts';
import { fieldFault } from '../reading/problem.ts';
import { readTrace } from './trace.ts';
import type { ResponsesRequest, WireItem, WirePart } from './wire.ts';

/** Names of tools by the ids of the calls seen so far: results name only the id. */
type ToolNames = Map<string, string>;

/** The conversation, or the fault of the part that cannot be read. */
export function readInput({ instructions, input }: ResponsesRequest): Message[] | Fault {
  const messages: Message[] = instructions ? [message(Role.SYSTEM, [textPart(instructions)])] : [];
  if (typeof input === 'string') return [...messages, message(Role.USER, [textPart(input)])];
  const toolNames: ToolNames = new Map();
  for (const [index, item] of input.entries()) {
    const read = readItem(item, toolNames, `input[${index}]`);
    if ('kind' in read) return read;
    const last = messages.at(-1);
    // One turn may be several items: all that an assistant did in it, and all results of its calls.
    const isSameTurn = last?.role === read.role && (read.role === Role.ASSISTANT || read.role === Role.TOOL);
    if (isSameTurn) last.parts.push(...read.parts);
    else messages.push(read);
  }
  return messages;
}

const roles = { system: Role.SYSTEM, developer: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

function readItem(item: WireItem, toolNames: ToolNames, field: string): Message | Fault {
  switch (item.type) {
    case 'message': {
      const parts = readParts(item.content, `${field}.content`);
      return 'kind' in parts ? parts : message(roles[item.role], parts);
    }
    case 'function_call': {
      const { call_id: sentId, name, arguments: argumentsJson } = item;
      toolNames.set(sentId, name);
      const value = { ...readCallId(sentId), name, argumentsJson };
      return message(Role.ASSISTANT, [contentPart({ $case: 'toolCall', value })]);
    }
    case 'function_call_output': {
      const parts = readParts(item.output, `${field}.output`);
      if ('kind' in parts) return parts;
      const name = toolNames.get(item.call_id) ?? '';
      const value = { toolCallId: readCallId(item.call_id).id, name, parts, isError: false };
      return message(Role.TOOL, [contentPart({ $case: 'toolResult', value })]);
    }
    case 'reasoning':
      return message(Role.ASSISTANT, [contentPart({ $case: 'reasoning', value: readTrace(item) })]);
    case 'item_reference':
      return fieldFault(field, 'refers to something stored, and nothing is stored; give the item itself');
    default:
      return item satisfies never;
  }
}

function readParts(content: string | readonly WirePart[], field: string): ContentPart[] | Fault {
  if (typeof content === 'string') return [textPart(content)];
  const parts: ContentPart[] = [];
  for (const [index, wire] of content.entries()) {
    const part = readPart(wire);
    if (typeof part === 'string') return fieldFault(`${field}[${index}]${part}`, wants[wire.type]);
    parts.push(contentPart(part));
  }
  return parts;
}

const wants: Readonly<Record<WirePart['type'], string>> = {
  input_text: 'is wrong',
  output_text: 'is wrong',
  refusal: 'is wrong',
  input_image: 'is no picture; give an http(s) address or a data URL in base64',
  input_file: 'is no file; give file_url, or file_data as a data URL in base64, ids of files are not supported',
};

/** The part, or below which field of it something cannot be read. */
function readPart(wire: WirePart): ContentPart['part'] | string {
  switch (wire.type) {
    case 'input_text':
    case 'output_text':
      return { $case: 'text', value: { text: wire.text } };
    case 'refusal':
      return { $case: 'refusal', value: { text: wire.refusal } };
    case 'input_image': {
      const value = readPicture(wire.image_url, wire.detail ?? '');
      return value ? { $case: 'image', value } : '.image_url';
    }
    case 'input_file':
      return readFile(wire);
    default:
      return wire satisfies never;
  }
}

type FilePart = Extract<WirePart, { type: 'input_file' }>;

function readFile({ file_data: data, file_url: url, filename }: FilePart): ContentPart['part'] | string {
  const fileName = filename ?? '';
  if (url && /^https?:\/\//i.test(url) && URL.canParse(url)) {
    return { $case: 'document', value: { source: { $case: 'url', value: url }, mediaType: '', fileName } };
  }
  const inline = data ? readDataUrl(data) : undefined;
  if (!inline) return data ? '.file_data' : '';
  const source = { $case: 'content', value: inline.content } as const;
  return { $case: 'document', value: { source, mediaType: inline.mediaType, fileName } };
}
