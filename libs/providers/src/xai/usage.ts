import { openAiConvention, usageReader } from '../openai-compatible/usage.ts';

/**
 * Chat completions count reasoning on top of the completion; responses do not. The cap holds for both together, as far
 * as is known: of a chat that ended at its length, a user reports 1,187 of completion and 860 of reasoning, 2,047 in all
 * (github.com/evalstate/fast-agent/pull/276). xAI's own word on it was not found.
 */
export const readXaiUsage = usageReader({
  ...openAiConvention,
  reasoningOnTop: (rawUsage) => rawUsage.completion_tokens !== undefined,
  uses: (rawUsage) => ({ live_search_source: rawUsage.num_sources_used }),
});
