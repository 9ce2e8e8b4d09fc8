// Anthropic's messages -> canonical ones. Tool results are turns of their own there, and blocks of a user turn here.
import { type ContentPart, type Message, Role } from '@waybill/contracts';
import { contentPart, message, readCallId, textPart } from '../content.ts';
import type { MessagesRequest, WireBlock, WireCacheControl, WireMessage } from './wire.ts';

/** Names of tools by the ids of the calls seen so far: results name only the id. */
type ToolNames = Map<string, string>;
type ToolResultBlock = Extract<WireBlock, { type: 'tool_result' }>;

export function readMessages(system: MessagesRequest['system'], sent: readonly WireMessage[]): Message[] {
  const toolNames: ToolNames = new Map();
  return [...readSystem(system), ...sent.flatMap((wire) => readTurn(wire, toolNames))];
}

function readSystem(system: MessagesRequest['system']): Message[] {
  if (!system || system.length === 0) return [];
  if (typeof system === 'string') return [message(Role.SYSTEM, [textPart(system)])];
  return [
    message(
      Role.SYSTEM,
      system.map((block) => textPart(block.text, lifetimeOf(block.cache_control))),
    ),
  ];
}

const roles = { user: Role.USER, assistant: Role.ASSISTANT, system: Role.SYSTEM } as const;

function readTurn({ role, content }: WireMessage, toolNames: ToolNames): Message[] {
  if (typeof content === 'string') return [message(roles[role], [textPart(content)])];
  const results: ContentPart[] = [];
  const parts: ContentPart[] = [];
  for (const block of content) {
    if (block.type === 'tool_use') toolNames.set(block.id, block.name);
    (block.type === 'tool_result' ? results : parts).push(readBlock(block, toolNames));
  }
  const turns: Message[] = [];
  if (results.length > 0) turns.push(message(Role.TOOL, results));
  if (parts.length > 0) turns.push(message(roles[role], parts));
  return turns;
}

/** The lifetime that a cache mark asks for, empty for the default; undefined where there is no mark. */
export function lifetimeOf(control: WireCacheControl): string | undefined {
  return control ? (control.ttl ?? '') : undefined;
}

function readBlock(block: WireBlock, toolNames: ToolNames): ContentPart {
  const part = readBody(block, toolNames);
  return contentPart(part, 'cache_control' in block ? lifetimeOf(block.cache_control) : undefined);
}

function readBody(block: WireBlock, toolNames: ToolNames): ContentPart['part'] {
  switch (block.type) {
    case 'text':
      return { $case: 'text', value: { text: block.text } };
    case 'image': {
      const { source, mediaType } = readSource(block.source);
      return { $case: 'image', value: { source, mediaType, detail: '' } };
    }
    case 'document': {
      const { source, mediaType } = readSource(block.source);
      return { $case: 'document', value: { source, mediaType, fileName: block.title ?? '' } };
    }
    case 'tool_use': {
      const { id, name, input } = block;
      return { $case: 'toolCall', value: { ...readCallId(id), name, argumentsJson: JSON.stringify(input) } };
    }
    case 'tool_result':
      return { $case: 'toolResult', value: readResult(block, toolNames) };
    case 'thinking':
      return { $case: 'reasoning', value: { text: block.thinking, signature: block.signature, redacted: '' } };
    case 'redacted_thinking':
      return { $case: 'reasoning', value: { text: '', signature: '', redacted: block.data } };
    default:
      return block satisfies never;
  }
}

type Source = Extract<WireBlock, { type: 'document' }>['source'];

function readSource(wire: Source) {
  switch (wire.type) {
    case 'url':
      return { source: { $case: 'url', value: wire.url } as const, mediaType: '' };
    case 'base64':
      return { source: { $case: 'content', value: wire.data } as const, mediaType: wire.media_type.toLowerCase() };
    case 'text':
      return { source: { $case: 'content', value: Buffer.from(wire.data) } as const, mediaType: wire.media_type };
    default:
      return wire satisfies never;
  }
}

function readResult(block: ToolResultBlock, toolNames: ToolNames) {
  const { tool_use_id: sentId, content } = block;
  const parts = Array.isArray(content)
    ? content.map((inner) => readBlock(inner, toolNames))
    : content
      ? [textPart(content)]
      : [];
  const toolCallId = readCallId(sentId).id;
  return { toolCallId, name: toolNames.get(sentId) ?? '', parts, isError: block.is_error === true };
}
