import type { Capability } from '../capability.ts';

/** What chat and embed of API version 2 take. */
export const cohereCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'chat',
  'streaming',
  'tools',
  'vision',
  'vision.url',
  'json_object',
  'json_schema',
  'embeddings',
  'embedding.dimensions',
  'embedding.purpose',
  'reasoning',
  'reasoning.replay',
  'tool_choice',
  'strict_tools',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
]);

const withoutThinking = /^(?:command-(?:r|light|nightly|a-(?:03|vision|translate))|c4ai-|command$)/;
const withoutToolChoice = /^(?:command-(?:r-0|r-plus|r$|light|nightly)|command$)/;

/** What this model does not take although others of Cohere do. */
export function refusedBy(model: string): readonly Capability[] {
  const refused: Capability[] = [];
  if (withoutThinking.test(model)) refused.push('reasoning', 'reasoning.replay');
  if (withoutToolChoice.test(model)) refused.push('tool_choice');
  return refused;
}
