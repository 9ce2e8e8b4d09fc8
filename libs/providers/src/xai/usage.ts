import { openAiConvention, usageReader } from '../openai-compatible/usage.ts';

/** Chat completions count reasoning on top of the completion; responses do not. */
export const readXaiUsage = usageReader({
  ...openAiConvention,
  reasoningOnTop: (rawUsage) => rawUsage.completion_tokens !== undefined,
  uses: (rawUsage) => ({ live_search_source: rawUsage.num_sources_used }),
});
