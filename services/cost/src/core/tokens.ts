// Sums over the classes of a usage.
import type { Usage } from '@waybill/contracts';

/** Tokens of the whole prompt, caches included. */
export function inputTokensOf(usage: Usage): bigint {
  const { inputTokens, cacheReadTokens, audioInputTokens, imageInputTokens } = usage;
  const { cacheWrite5mTokens, cacheWrite30mTokens, cacheWrite1hTokens, cacheWrite12hTokens } = usage;
  const written = cacheWrite5mTokens + cacheWrite30mTokens + cacheWrite1hTokens + cacheWrite12hTokens;
  return BigInt(inputTokens + cacheReadTokens + written + audioInputTokens + imageInputTokens);
}

/** Tokens of the whole answer, reasoning included. */
export function outputTokensOf(usage: Usage): bigint {
  return BigInt(usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens);
}
