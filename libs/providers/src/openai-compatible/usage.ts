// Usage as OpenAI and most who speak its dialect count it: totals that include every part.
import type { Usage } from '@waybill/contracts';
import { type JsonObject, objectOf, textOf } from '../reading/json.ts';
import {
  addCounts,
  carve,
  checkTotal,
  readCount,
  readPart,
  reportedUsage,
  type Suspicions,
  type UsageReader,
} from '../usage/count.ts';

/** How a vendor's counting differs from OpenAI's. */
export interface CountingConvention {
  /** Reasoning tokens come on top of the completion tokens instead of being part of them. */
  readonly reasoningOnTop: (rawUsage: JsonObject) => boolean;
  readonly cachedTokens: (rawUsage: JsonObject, promptDetails: JsonObject) => unknown;
  /** Things billed by the piece, by name. */
  readonly uses: (rawUsage: JsonObject) => Readonly<Record<string, unknown>>;
}

export const openAiConvention: CountingConvention = {
  reasoningOnTop: () => false,
  cachedTokens: (_rawUsage, promptDetails) => promptDetails.cached_tokens,
  uses: () => ({}),
};

/**
 * A reader for usage blocks of chat completions (`prompt_tokens`) and of responses (`input_tokens`). Image tokens stay
 * in the input class, since they are priced like text there.
 */
export function usageReader(convention: CountingConvention): UsageReader {
  return (value, response) => {
    const raw = objectOf(value);
    const suspicions: Suspicions = new Set();
    const prompt = readCount(raw.prompt_tokens ?? raw.input_tokens, suspicions);
    if (prompt === undefined) return undefined;
    const completion = readCompletion(raw, prompt, suspicions);
    if (completion === undefined) return undefined;
    return reportedUsage(
      {
        ...readInput(raw, prompt, convention, suspicions),
        ...readOutput(raw, { prompt, completion }, convention, suspicions),
        uses: readUses(convention.uses(raw), suspicions),
        serviceTier: textOf(response.service_tier ?? raw.service_tier),
        batch: response.batch === true,
      },
      suspicions,
    );
  };
}

/** Embeddings have no completion count; a chat without one is told apart by its total. */
function readCompletion(raw: JsonObject, prompt: number, suspicions: Suspicions): number | undefined {
  const sent = raw.completion_tokens ?? raw.output_tokens;
  if (sent !== undefined && sent !== null) return readCount(sent, suspicions);
  const total = readCount(raw.total_tokens, suspicions);
  if (total === prompt) return 0;
  suspicions.add('output_missing');
  return total === undefined ? 0 : Math.max(total - prompt, 0);
}

function readInput(raw: JsonObject, prompt: number, convention: CountingConvention, suspicions: Suspicions) {
  const details = objectOf(raw.prompt_tokens_details ?? raw.input_tokens_details);
  const lifetimes = objectOf(details.cache_write_tokens_details);
  const written = readPart(details.cache_write_tokens, suspicions);
  const written12h = Math.min(readPart(lifetimes.ttl_12h_tokens, suspicions), written);
  const audio = readPart(details.audio_tokens, suspicions);
  const cached = readPart(convention.cachedTokens(raw, details), suspicions);
  const { rest, parts } = carve(prompt, [audio, written12h, written - written12h, cached], suspicions);
  return {
    inputTokens: rest,
    audioInputTokens: parts[0]!,
    cacheWrite12hTokens: parts[1]!,
    cacheWrite30mTokens: parts[2]!,
    cacheReadTokens: parts[3]!,
  };
}

function readOutput(
  raw: JsonObject,
  counts: { prompt: number; completion: number },
  convention: CountingConvention,
  suspicions: Suspicions,
): Partial<Usage> {
  const details = objectOf(raw.completion_tokens_details ?? raw.output_tokens_details);
  const reasoning = readPart(details.reasoning_tokens, suspicions);
  const audio = readPart(details.audio_tokens, suspicions);
  const output = convention.reasoningOnTop(raw)
    ? addCounts(counts.completion, reasoning, suspicions)
    : counts.completion;
  checkTotal(readCount(raw.total_tokens, suspicions), counts.prompt + output, suspicions);
  const { rest, parts } = carve(output, [audio, reasoning], suspicions);
  return { outputTokens: rest, audioOutputTokens: parts[0]!, reasoningTokens: parts[1]! };
}

function readUses(sent: Readonly<Record<string, unknown>>, suspicions: Suspicions): Record<string, number> {
  const uses: Record<string, number> = {};
  for (const [name, value] of Object.entries(sent)) {
    const count = readPart(value, suspicions);
    if (count > 0) uses[name] = count;
  }
  return uses;
}
