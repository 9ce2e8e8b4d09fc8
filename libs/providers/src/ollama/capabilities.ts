import type { Capability } from '../capability.ts';

/** What the native chat and embed endpoints take. */
export const ollamaCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'chat',
  'streaming',
  'tools',
  'vision',
  'json_object',
  'json_schema',
  'embeddings',
  'embedding.dimensions',
  'reasoning',
  'reasoning.replay',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
]);
