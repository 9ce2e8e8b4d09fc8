import type { Capability } from '../capability.ts';
import { compatibleCapabilities } from '../openai-compatible/capabilities.ts';

/** What OpenAI's chat completions and embeddings take. */
export const openAiCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  ...compatibleCapabilities,
  'documents',
  'audio_input',
  'prompt_caching',
  'service_tier',
]);
