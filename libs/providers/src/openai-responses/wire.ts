// The shapes of a responses request, as we write them.

/** A piece of what a user, a system prompt or a tool says. */
export type WireInput = { prompt_cache_breakpoint?: { mode: 'explicit'; ttl?: string } } & (
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; image_url: string; detail: string }
  | { type: 'input_file'; filename?: string | undefined; file_data?: string; file_url?: string }
);

/** A piece of a message. */
export type WireContent = WireInput | { type: 'output_text'; text: string } | { type: 'refusal'; refusal: string };

/** One entry of `input`. */
export type WireItem =
  | { type: 'message'; role: 'system' | 'user' | 'assistant'; content: string | WireContent[] }
  | { type: 'function_call'; call_id: string; name: string; arguments: string }
  | { type: 'function_call_output'; call_id: string; output: string | WireContent[] }
  | {
      type: 'reasoning';
      id?: string | undefined;
      summary: { type: 'summary_text'; text: string }[];
      encrypted_content: string;
    };
