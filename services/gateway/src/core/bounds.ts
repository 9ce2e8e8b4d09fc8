// The most a candidate's answer can use and cost.
import type { Call, Candidate } from '@waybill/contracts';
import { boundInputTokens, type CountTokens, codecFor, type Wire } from '@waybill/providers';
import { boundCost } from '@waybill/rating';
import type { CallOption } from './plan.ts';

/** What is known besides. */
export interface BoundBy {
  readonly countTokens?: CountTokens | undefined;
  /** The tier that the answer is priced by for certain. */
  readonly tier?: string | undefined;
}

/**
 * A call at one candidate, bounded: the prompt by its bytes or, where the model's own tokenizer is at hand, by its
 * count, and never above the window, beyond which a provider refuses; the answer by the cap that goes out, which is the
 * lowest that holds for it, or the least that its endpoint takes.
 */
export function boundOption(call: Call, candidate: Candidate, { countTokens, tier }: BoundBy = {}): CallOption {
  const { upstreamModel, contextWindow, priceCard } = candidate;
  const bound = boundInputTokens(call, { upstreamModel, countTokens });
  const inputTokensBound = contextWindow > 0 ? Math.min(bound, contextWindow * windowsOf(call)) : bound;
  const outputCap = outputCapOf(call, candidate);
  const outputTokensBound = outputCap === 0 ? 0 : Math.max(outputCap, leastCapOf(call, candidate, outputCap));
  const row = priceCard?.row;
  const holdPicoUsd =
    row && boundCost([row], { inputTokensBound, outputTokensBound, ...(tier !== undefined && { tier }) });
  return { candidate, inputTokensBound, outputCap, outputTokensBound, holdPicoUsd, tier };
}

/** How many prompts a provider reads, each in a window of its own: every text to embed is one. */
function windowsOf({ task }: Call): number {
  return task?.$case === 'embedding' ? task.value.inputs.length : 1;
}

/** A candidate that states no cap is bounded by its window; embeddings have no answer made of tokens. */
function outputCapOf({ task }: Call, { maxOutputTokens, contextWindow }: Candidate): number {
  if (task?.$case !== 'chat') return 0;
  const cap = maxOutputTokens > 0 ? maxOutputTokens : contextWindow;
  return Math.min(cap, task.value.maxOutputTokens ?? cap);
}

function leastCapOf(call: Call, candidate: Candidate, maxOutputTokens: number): number {
  const { providerKind, upstreamModel, wire } = candidate;
  const request = { attemptId: '', call, upstreamModel, maxOutputTokens, stream: false };
  return codecFor(providerKind)?.leastOutputTokens({ ...request, wire: (wire || undefined) as Wire | undefined }) ?? 1;
}
