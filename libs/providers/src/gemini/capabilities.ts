import type { Capability } from '../capability.ts';

/** What generateContent and batchEmbedContents take. */
export const geminiCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'chat',
  'streaming',
  'tools',
  'vision',
  'vision.url',
  'documents',
  'documents.url',
  'audio_input',
  'json_object',
  'json_schema',
  'embeddings',
  'embedding.dimensions',
  'reasoning',
  'reasoning.replay',
  'tool_choice',
  'tool_result.is_error',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
  'service_tier',
]);
