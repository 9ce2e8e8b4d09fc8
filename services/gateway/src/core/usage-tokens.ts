// Sums over the classes of a usage.
import type { Usage } from '@waybill/contracts';

/** Tokens of the whole prompt, caches included. */
export function inputTokensOf(usage: Usage): number {
  const written =
    usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
  return usage.inputTokens + usage.cacheReadTokens + written + usage.audioInputTokens + usage.imageInputTokens;
}

/** Tokens of the whole answer, reasoning included. */
export function outputTokensOf(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
}
