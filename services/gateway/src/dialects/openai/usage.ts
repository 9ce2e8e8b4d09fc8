import type { CallSummary, Usage } from '@waybill/contracts';
import { formatUsd } from '@waybill/kernel';
import { cacheWriteTokens, completionTokens, hasFigures, promptTokens } from '../token-totals.ts';

/** Usage as OpenAI counts it: totals that include every part. Null where the figures are unknown. */
export function writeUsage(usage: Usage | undefined): object | null {
  if (!hasFigures(usage)) return null;
  const prompt = promptTokens(usage);
  const completion = completionTokens(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: cacheWriteTokens(usage),
      audio_tokens: usage.audioInputTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** What the books say of the call, for the end of a stream: the headers were gone before it was known. */
export function writeBooks(summary: CallSummary): object {
  const { callId, costPicoUsd, costEstimated } = summary;
  return {
    call_id: callId,
    cost_usd: costPicoUsd === undefined ? null : formatUsd(costPicoUsd),
    cost_estimated: costEstimated,
  };
}
