import type { Capability } from '../capability.ts';

/** What servers that speak the OpenAI dialect commonly take. */
export const compatibleCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'chat',
  'streaming',
  'tools',
  'vision',
  'vision.url',
  'json_object',
  'json_schema',
  'embeddings',
  'embedding.dimensions',
  'reasoning',
  'tool_choice',
  'parallel_tool_calls',
  'strict_tools',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
  'message.name',
  'end_user',
]);
