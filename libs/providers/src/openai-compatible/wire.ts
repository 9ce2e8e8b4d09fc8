// The shapes of the OpenAI dialect, as we write them and, where it is not hot, as we read them.
import { z } from 'zod';

/** A message of a chat request. */
export interface WireMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content?: string | WirePart[] | null;
  name?: string | undefined;
  refusal?: string | undefined;
  tool_calls?: WireToolCall[] | undefined;
  tool_call_id?: string;
}

/** A piece of a message's content. */
export type WirePart = { prompt_cache_breakpoint?: { mode: 'explicit'; ttl?: string } } & (
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: string | undefined } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | { type: 'file'; file: { file_data?: string; file_url?: string; filename?: string | undefined } }
);

export interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

const word = z.union([z.string(), z.number()]).nullish().catch(undefined);

/** An error in any of the shapes seen: OpenAI's, plain text, vLLM's and Mistral's flat one, FastAPI's detail. */
export const errorBody = z
  .looseObject({
    error: z
      .union([z.string(), z.looseObject({ message: z.string().nullish().catch(undefined), type: word, code: word })])
      .nullish()
      .catch(undefined),
    object: z.string().nullish().catch(undefined),
    message: z.string().nullish().catch(undefined),
    type: word,
    code: word,
    detail: z.unknown().optional(),
  })
  .catch({});
