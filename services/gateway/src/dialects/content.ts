// Makes pieces of canonical messages, and shows what has no field of its own in a dialect.
import type { ContentPart, Message, Role } from '@waybill/contracts';

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

/** What a client saw of a provider's state and sends back, as bytes. */
export function providerStateOf(sent: string | null | undefined): Buffer {
  return sent ? Buffer.from(sent, 'base64') : noBytes;
}

/** State that the provider needs back; clients that send a message back as it is carry it along. */
export function writeProviderState(state: Buffer): object {
  return state.length === 0 ? {} : { extra_content: { waybill: { provider_state: state.toString('base64') } } };
}
