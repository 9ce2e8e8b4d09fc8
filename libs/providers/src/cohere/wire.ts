// The shapes of Cohere's API version 2, as we write them and, where it is not hot, as we read them.
import { z } from 'zod';

export interface WireMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content?: string | WirePart[] | undefined;
  tool_plan?: string | undefined;
  tool_calls?: WireToolCall[] | undefined;
  tool_call_id?: string;
}

/** A piece of a message; thinking is the assistant's alone. */
export type WirePart =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string }
  | { type: 'image_url'; image_url: { url: string; detail?: string | undefined } };

export interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** An error body: a text and nothing a program could go by. */
export const errorBody = z.looseObject({ message: z.string().optional().catch(undefined) }).catch({
  message: undefined,
});
