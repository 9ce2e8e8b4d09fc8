import type { JsonRecord } from '../../json.ts';
import type { TokenCounts } from '../dialect.ts';

export function mistralUsage({ input, output, cache }: TokenCounts): JsonRecord {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cache.read },
  };
}
