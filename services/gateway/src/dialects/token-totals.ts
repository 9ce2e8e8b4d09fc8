// Usage as the dialects count it: totals over our disjoint classes.
import { type Usage, UsageSource } from '@waybill/contracts';

/** Whether there are figures at all; unknown usage is shown as unknown, never as 0. */
export function hasFigures(usage: Usage | undefined): usage is Usage {
  return usage !== undefined && usage.source !== UsageSource.UNKNOWN && usage.source !== UsageSource.UNSPECIFIED;
}

export function cacheWriteTokens(usage: Usage): number {
  return usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
}

/** Fresh input of every kind, without what was read from or written to a cache. */
export function freshInputTokens(usage: Usage): number {
  return usage.inputTokens + usage.audioInputTokens + usage.imageInputTokens;
}

export function promptTokens(usage: Usage): number {
  return freshInputTokens(usage) + usage.cacheReadTokens + cacheWriteTokens(usage);
}

/** Output of every kind, reasoning included. */
export function completionTokens(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
}
