// The shapes of the messages API, as we write them and, where it is not hot, as we read them.
import { z } from 'zod';

export interface WireMessage {
  role: 'user' | 'assistant';
  content: WireBlock[];
}

export interface CacheControl {
  type: 'ephemeral';
  ttl?: string;
}

export type MediaSource =
  | { type: 'base64'; media_type: string; data: string }
  | { type: 'text'; media_type: 'text/plain'; data: string }
  | { type: 'url'; url: string };

/** A block of a message's content. */
export type WireBlock = { cache_control?: CacheControl | undefined } & (
  | { type: 'text'; text: string }
  | { type: 'image'; source: MediaSource }
  | { type: 'document'; source: MediaSource; title?: string | undefined }
  | { type: 'tool_use'; id: string; name: string; input: unknown }
  | { type: 'tool_result'; tool_use_id: string; content: WireBlock[]; is_error?: true | undefined }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
);

const text = z.string().nullish().catch(undefined);

/** An error body or error frame. */
export const errorBody = z
  .looseObject({
    error: z
      .looseObject({
        type: text,
        message: text,
        details: z.looseObject({ error_code: text }).nullish().catch(undefined),
      })
      .nullish()
      .catch(undefined),
  })
  .catch({ error: undefined });
