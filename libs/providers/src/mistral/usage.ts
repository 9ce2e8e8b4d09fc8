import { openAiConvention, usageReader } from '../openai-compatible/usage.ts';

/** Counts as OpenAI does; what the cache held stands in one of two places. */
export const readMistralUsage = usageReader({
  ...openAiConvention,
  cachedTokens: (rawUsage, promptDetails) => rawUsage.num_cached_tokens ?? promptDetails.cached_tokens,
  uses: (rawUsage) => ({ audio_second: rawUsage.prompt_audio_seconds }),
});
