// An attempt as the GenAI conventions describe it. Nothing of what was asked or answered is in it: no text, no names.
import {
  type AttemptRequest,
  type Call,
  FinishReason,
  OutputFormat_Kind,
  type Usage,
  UsageSource,
} from '@waybill/contracts';
import { genAi, general, type SpanAttributes, waybill } from '@waybill/telemetry';
import type { Target } from '../ports.ts';
import type { AttemptEnd } from './attempt-result.ts';

/** The conventions' words for who answers, by codec; others have their own. */
const providerNames: Readonly<Record<string, string>> = {
  gemini: 'gcp.gemini',
  'azure-openai': 'azure.ai.openai',
  'openai-compatible': 'openai_compatible',
  mistral: 'mistral_ai',
  xai: 'x_ai',
  'hugging-face': 'hugging_face',
  'lm-studio': 'lm_studio',
  'github-copilot': 'github_copilot',
};

export function providerNameOf({ codec }: Pick<Target, 'codec'>): string {
  return providerNames[codec.id] ?? codec.id;
}

export function operationOf(call: Call | undefined): 'chat' | 'embeddings' {
  return call?.task?.$case === 'embedding' ? 'embeddings' : 'chat';
}

/** What is known before it goes out. */
export function requestAttributes(request: AttemptRequest, target: Target): SpanAttributes {
  const { call, upstreamModel, maxOutputTokens, modelId, providerId, attemptId } = request;
  return {
    [genAi.operationName]: operationOf(call),
    [genAi.providerName]: providerNameOf(target),
    [genAi.requestModel]: upstreamModel,
    [genAi.requestMaxTokens]: maxOutputTokens || undefined,
    [general.serverAddress]: target.server.address,
    [general.serverPort]: target.server.port,
    [waybill.model]: modelId,
    [waybill.provider]: providerId,
    [waybill.simulated]: target.simulated,
    [waybill.attemptNumber]: attemptNumberOf(attemptId),
    ...chatAttributes(call),
  };
}

/** The part of an attempt's id behind its call's. */
function attemptNumberOf(attemptId: string): number | undefined {
  const number = Number(attemptId.slice(attemptId.lastIndexOf(':') + 1));
  return Number.isInteger(number) ? number : undefined;
}

/** Stop sequences stay out, as they are the caller's text. */
function chatAttributes(call: Call | undefined): SpanAttributes {
  if (call?.task?.$case !== 'chat') return {};
  const { sampling, stream, outputFormat } = call.task.value;
  return {
    [genAi.requestStream]: stream,
    [genAi.requestTemperature]: sampling?.temperature,
    [genAi.requestTopP]: sampling?.topP,
    [genAi.requestTopK]: sampling?.topK,
    [genAi.requestFrequencyPenalty]: sampling?.frequencyPenalty,
    [genAi.requestPresencePenalty]: sampling?.presencePenalty,
    [genAi.requestSeed]: sampling?.seed === undefined ? undefined : Number(sampling.seed),
    [genAi.outputType]: outputTypes[outputFormat?.kind ?? OutputFormat_Kind.UNSPECIFIED],
  };
}

const outputTypes: Readonly<Partial<Record<OutputFormat_Kind, string>>> = {
  [OutputFormat_Kind.TEXT]: 'text',
  [OutputFormat_Kind.JSON_OBJECT]: 'json',
  [OutputFormat_Kind.JSON_SCHEMA]: 'json',
};

/** What is known once it is over. */
export function responseAttributes({ progress, answered, firstPartMs }: AttemptEnd): SpanAttributes {
  const { replyId, reportedModel, finish, usage } = progress;
  const reason = finish === undefined ? undefined : finish.rawReason || finishReasons[finish.reason];
  return {
    [genAi.responseId]: replyId.slice(0, 200) || undefined,
    [genAi.responseModel]: reportedModel || undefined,
    [genAi.responseFinishReasons]: reason === undefined ? undefined : [reason.slice(0, 64)],
    [genAi.responseTimeToFirstChunk]: firstPartMs === undefined ? undefined : firstPartMs / 1_000,
    [general.httpStatus]: answered.status || undefined,
    ...usageAttributes(usage),
  };
}

/** For providers that have no word of their own. */
const finishReasons: Readonly<Record<FinishReason, string>> = {
  [FinishReason.UNSPECIFIED]: 'unspecified',
  [FinishReason.STOP]: 'stop',
  [FinishReason.LENGTH]: 'length',
  [FinishReason.TOOL_CALLS]: 'tool_calls',
  [FinishReason.CONTENT_FILTER]: 'content_filter',
  [FinishReason.ERROR]: 'error',
};

function usageAttributes(usage: Usage | undefined): SpanAttributes {
  const tokens = tokensOf(usage);
  if (usage === undefined || tokens === undefined) return {};
  return {
    [genAi.usageInputTokens]: tokens.input,
    [genAi.usageOutputTokens]: tokens.output,
    [genAi.usageCacheReadTokens]: usage.cacheReadTokens || undefined,
    [genAi.usageCacheCreationTokens]: cacheWritesOf(usage) || undefined,
    [genAi.usageReasoningTokens]: usage.reasoningTokens || undefined,
  };
}

/** Sums over our disjoint classes, as the conventions count; undefined when the provider gave no figures. */
export function tokensOf(usage: Usage | undefined): { readonly input: number; readonly output: number } | undefined {
  if (usage === undefined || usage.source !== UsageSource.REPORTED) return undefined;
  const { inputTokens, cacheReadTokens, audioInputTokens, imageInputTokens } = usage;
  return {
    input: inputTokens + cacheReadTokens + cacheWritesOf(usage) + audioInputTokens + imageInputTokens,
    output: usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens,
  };
}

function cacheWritesOf(usage: Usage): number {
  return usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
}
