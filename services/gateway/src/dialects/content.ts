// Makes pieces of canonical messages, and carries what has no field of its own in a dialect.
import type { ContentPart, Message, Role, ToolCall } from '@waybill/contracts';

/** A part of a turn, with the lifetime of the cache breakpoint after it, if it has one. */
export function contentPart(part: ContentPart['part'], timeToLive?: string): ContentPart {
  return { part, cacheBreakpoint: timeToLive === undefined ? undefined : { timeToLive } };
}

export function textPart(text: string, timeToLive?: string): ContentPart {
  return contentPart({ $case: 'text', value: { text } }, timeToLive);
}

export function message(role: Role, parts: ContentPart[], name = ''): Message {
  return { role, parts, name };
}

const noBytes = Buffer.alloc(0);
const stateMark = '__wb_';

/**
 * The id of a tool call as clients see it: what its provider needs back on the next turn travels in it, since the id is
 * the one thing that every client sends back, twice, as it came. Letters, digits, _ and - alone, as some clients check.
 */
export function writeCallId({ id, providerState }: Pick<ToolCall, 'id' | 'providerState'>): string {
  return providerState.length === 0 ? id : `${id}${stateMark}${Buffer.from(providerState).toString('base64url')}`;
}

/** The provider's own id, and its state. */
export function readCallId(sent: string): Pick<ToolCall, 'id' | 'providerState'> {
  const at = sent.indexOf(stateMark);
  if (at < 0) return { id: sent, providerState: noBytes };
  return { id: sent.slice(0, at), providerState: Buffer.from(sent.slice(at + stateMark.length), 'base64url') };
}
