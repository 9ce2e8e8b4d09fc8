import type { Capability } from '../capability.ts';

const always: readonly Capability[] = [
  'chat',
  'streaming',
  'tools',
  'vision',
  'vision.url',
  'documents',
  'documents.url',
  'json_schema',
  'reasoning',
  'reasoning.replay',
  'prompt_caching',
  'tool_choice',
  'parallel_tool_calls',
  'strict_tools',
  'tool_result.is_error',
  'tool_result.images',
  'stop_sequences',
  'end_user',
  'service_tier',
];

/** What the messages API takes; since version 2026-10-21 it refuses sampling parameters even at their defaults. */
export function anthropicCapabilities(apiVersion: string): ReadonlySet<Capability> {
  if (apiVersion >= '2026-10-21') return new Set(always);
  return new Set<Capability>([...always, 'sampling.temperature', 'sampling.top_p', 'sampling.top_k']);
}
