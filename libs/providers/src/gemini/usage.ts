// Usage as Gemini counts it: thoughts come on top of the candidates, tool use on top of the prompt.
import { type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
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

/** Reads `usageMetadata`; the served tier comes with the response. */
export const readGeminiUsage: UsageReader = (value, response) => {
  const raw = objectOf(value);
  const suspicions: Suspicions = new Set();
  const sentPrompt = readCount(raw.promptTokenCount, suspicions);
  const sentCandidates = readCount(raw.candidatesTokenCount, suspicions);
  if (suspicions.has('unreadable_count') || (sentPrompt ?? sentCandidates) === undefined) return undefined;
  if (sentPrompt === undefined) suspicions.add('input_missing');
  const prompt = sentPrompt ?? 0;
  const candidates = sentCandidates ?? 0;
  const thoughts = readPart(raw.thoughtsTokenCount, suspicions);
  const toolUse = readPart(raw.toolUsePromptTokenCount, suspicions);
  checkTotal(readCount(raw.totalTokenCount, suspicions), prompt + toolUse + candidates + thoughts, suspicions);
  const input = readInput(raw, prompt, suspicions);
  const candidateDetails = raw.candidatesTokensDetails;
  const output = carve(
    candidates,
    [modality(candidateDetails, 'AUDIO', suspicions), modality(candidateDetails, 'IMAGE', suspicions)],
    suspicions,
  );
  return reportedUsage(
    {
      ...input,
      inputTokens: addCounts(input.inputTokens, toolUse, suspicions),
      outputTokens: output.rest,
      audioOutputTokens: output.parts[0]!,
      imageOutputTokens: output.parts[1]!,
      reasoningTokens: thoughts,
      serviceTier: servedTier(raw, response),
      batch: response.batch === true,
    },
    suspicions,
  );
};

/** Only audio is priced apart from text on the way in; cached audio is in the cached figure already. */
function readInput(raw: JsonObject, prompt: number, suspicions: Suspicions) {
  const cached = readPart(raw.cachedContentTokenCount, suspicions);
  const cachedAudio = modality(raw.cacheTokensDetails, 'AUDIO', suspicions);
  const audio = Math.max(modality(raw.promptTokensDetails, 'AUDIO', suspicions) - cachedAudio, 0);
  const { rest, parts } = carve(prompt, [audio, cached], suspicions);
  return { inputTokens: rest, audioInputTokens: parts[0]!, cacheReadTokens: parts[1]! };
}

function modality(details: unknown, wanted: string, suspicions: Suspicions): number {
  const entry = listOf(details)
    .map(objectOf)
    .find((detail) => detail.modality === wanted);
  return readPart(entry?.tokenCount, suspicions);
}

function servedTier(raw: JsonObject, response: JsonObject): string {
  const sent = response.service_tier ?? response['x-gemini-service-tier'] ?? response.serviceTier;
  return textOf(sent ?? raw.serviceTier).toLowerCase();
}
