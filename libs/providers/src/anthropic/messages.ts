// Canonical messages -> the system text and the alternating turns of the messages API.
import { type ContentPart, type Message, Role, type ToolResult } from '@waybill/contracts';
import { argumentsObject, type PartValue, type Source, sourceOfMedia } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { itemBehind } from '../encoding/trace.ts';
import type { CacheControl, MediaSource, WireBlock, WireMessage } from './wire.ts';

export interface TurnRules {
  readonly support: Support;
  /** The version of the API refuses documents in turns of the assistant. */
  readonly documentsAreForUsers: boolean;
}

/** The turns, with neighbours of the same role merged, so that all tool results come in one user turn. */
export function encodeTurns(messages: readonly Message[], { support, documentsAreForUsers }: TurnRules): WireMessage[] {
  const turns: WireMessage[] = [];
  for (const message of messages) {
    if (message.role === Role.SYSTEM) continue;
    if (message.name !== '') support.can('message.name');
    const role = message.role === Role.ASSISTANT ? 'assistant' : 'user';
    const parts =
      role === 'assistant' && documentsAreForUsers ? withoutDocuments(message.parts, support) : message.parts;
    const content = parts.flatMap((part) => encodePart(part, support));
    if (content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  for (const turn of turns) if (turn.role === 'user') turn.content.sort(resultsFirst);
  return turns;
}

function withoutDocuments(parts: readonly ContentPart[], support: Support): readonly ContentPart[] {
  const rest = parts.filter(({ part }) => part?.$case !== 'document');
  if (rest.length < parts.length) {
    support.leftOut('messages.document', 'this version of the API takes no documents in turns of the assistant');
  }
  return rest;
}

/** The API wants tool results before anything else in a turn. */
function resultsFirst(one: WireBlock, other: WireBlock): number {
  return Number(other.type === 'tool_result') - Number(one.type === 'tool_result');
}

/** The system text; system messages further down move up to it, since most models take none between turns. */
export function encodeSystem(messages: readonly Message[], support: Support): WireBlock[] | undefined {
  const system = messages.filter(({ role }) => role === Role.SYSTEM);
  const firstTurn = messages.findIndex(({ role }) => role !== Role.SYSTEM);
  if (firstTurn >= 0 && messages.slice(firstTurn).some(({ role }) => role === Role.SYSTEM)) {
    support.adjusted('messages.system', 'system messages between turns were moved to the beginning');
  }
  const blocks = system.flatMap(({ parts }) => parts.flatMap((part) => encodePart(part, support)));
  return blocks.length > 0 ? blocks : undefined;
}

function encodePart(entry: ContentPart, support: Support): WireBlock[] {
  const block = encodeBlock(entry, support);
  if (!block) return [];
  if (entry.cacheBreakpoint && !block.type.endsWith('thinking')) {
    block.cache_control = cacheControl(entry.cacheBreakpoint.timeToLive, support);
  }
  return [block];
}

export function cacheControl(timeToLive: string, support: Support): CacheControl {
  if (timeToLive === '' || timeToLive === '5m' || timeToLive === '1h') {
    return timeToLive === '' ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: timeToLive };
  }
  support.adjusted('prompt_caching', `a lifetime of ${timeToLive} became the provider's default`);
  return { type: 'ephemeral' };
}

function encodeBlock({ part }: ContentPart, support: Support): WireBlock | undefined {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return part.value.text === '' ? undefined : { type: 'text', text: part.value.text };
    case 'image':
    case 'document':
      return encodeMedia(part, support);
    case 'toolCall': {
      const { id, name, argumentsJson } = part.value;
      return { type: 'tool_use', id: wireId(id), name, input: argumentsObject(argumentsJson, support) };
    }
    case 'toolResult':
      return encodeResult(part.value, support);
    case 'reasoning':
      return encodeReasoning(part.value, support);
    case 'audio':
      support.can('audio_input');
      return undefined;
    default:
      return undefined;
  }
}

type Media = Extract<NonNullable<ContentPart['part']>, { $case: 'image' | 'document' }>;

function encodeSource(found: Source): MediaSource {
  if (found.kind === 'url') return { type: 'url', url: found.url };
  return { type: 'base64', media_type: found.mediaType, data: found.content };
}

function encodeMedia(media: Media, support: Support): WireBlock | undefined {
  const found = sourceOfMedia(media.value);
  if (!found) return undefined;
  const source: MediaSource =
    media.$case === 'document' && found.kind === 'inline' && found.mediaType.startsWith('text/')
      ? { type: 'text', media_type: 'text/plain', data: Buffer.from(found.content, 'base64').toString('utf8') }
      : encodeSource(found);
  if (media.$case === 'document') return { type: 'document', source, title: media.value.fileName || undefined };
  if (media.value.detail !== '' && media.value.detail !== 'auto') {
    support.leftOut('image.detail', 'this provider has no levels of detail for images');
  }
  return { type: 'image', source };
}

/** Ids of other providers may have characters that the API refuses. */
function wireId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || 'tool_call';
}

function encodeResult({ toolCallId, parts, isError }: ToolResult, support: Support): WireBlock {
  const content = parts.flatMap((part) => encodePart(part, support));
  return { type: 'tool_result', tool_use_id: wireId(toolCallId), content, is_error: isError || undefined };
}

/** Only a signed trace can go back; one of another provider would be refused. */
function encodeReasoning(trace: PartValue<'reasoning'>, support: Support): WireBlock | undefined {
  if (itemBehind(trace.signature)) {
    support.leftOut('messages.reasoning', 'a reasoning trace that another provider encrypted cannot be sent here');
    return undefined;
  }
  if (trace.redacted !== '') return { type: 'redacted_thinking', data: trace.redacted };
  if (trace.signature !== '') return { type: 'thinking', thinking: trace.text, signature: trace.signature };
  support.leftOut('messages.reasoning', 'a reasoning trace without a signature cannot be sent back');
  return undefined;
}
