// The shapes of Ollama's native API, as we write them and, where it is not hot, as we read them.
import { z } from 'zod';

export interface WireMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  thinking?: string | undefined;
  images?: string[] | undefined;
  tool_calls?: { id?: string | undefined; function: { name: string; arguments: unknown } }[] | undefined;
  tool_name?: string | undefined;
  tool_call_id?: string | undefined;
}

/** An error body, or the line that ends a broken stream. */
export const errorBody = z.looseObject({ error: z.string().optional().catch(undefined) }).catch({ error: undefined });
