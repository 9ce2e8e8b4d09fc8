// Canonical call -> generateContent or batchEmbedContents request.
import {
  type Chat,
  type Embedding,
  type OutputFormat,
  OutputFormat_Kind,
  type Sampling,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, schemaObject } from '../encoding/content.ts';
import { jsonRequest, noSuchTask, tooManyInputs } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { exactInteger } from '../reading/exact.ts';
import { geminiCapabilities } from './capabilities.ts';
import { encodeContents, encodeSystem } from './contents.ts';
import { encodeThinking } from './thinking.ts';

type WireBody = Record<string, unknown>;

/** What the API takes in one request. */
export const embeddingLimits = { id: 'gemini', mostEmbeddingInputs: 100 };

export function encodeRequest(request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(geminiCapabilities);
  const { task, endUser } = request.call;
  if (endUser !== '') support.can('end_user');
  if (task?.$case === 'chat') return jsonRequest(chatBody(request, task.value, support), support);
  if (task?.$case !== 'embedding') return noSuchTask('gemini', request);
  return tooManyInputs(embeddingLimits, request) ?? jsonRequest(embeddingBody(request, task.value, support), support);
}

/** The model's resource name; callers may give it with or without its folder. */
export function modelResource(upstreamModel: string): string {
  return upstreamModel.startsWith('models/') ? upstreamModel : `models/${upstreamModel}`;
}

function chatBody(request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { call, upstreamModel, maxOutputTokens } = request;
  return {
    systemInstruction: encodeSystem(chat.messages, support),
    contents: encodeContents(chat.messages, upstreamModel, support),
    ...encodeTools(chat, support),
    generationConfig: {
      ...encodeSampling(chat.sampling, support),
      ...encodeFormat(chat.outputFormat, support),
      maxOutputTokens: maxOutputTokens > 0 ? maxOutputTokens : undefined,
      stopSequences: chat.stopSequences.length > 0 ? encodeStops(chat, support) : undefined,
      thinkingConfig: encodeThinking(upstreamModel, chat.reasoning, support),
    },
    serviceTier: encodeTier(call.serviceTier, support),
  };
}

const mostStops = 5;

function encodeStops({ stopSequences }: Chat, support: Support): string[] {
  if (stopSequences.length > mostStops) {
    support.adjusted('stop_sequences', `only the first ${mostStops} stop sequences can be sent`);
  }
  return stopSequences.slice(0, mostStops);
}

const ownTiers: readonly string[] = ['standard', 'flex', 'priority'];
const tiersElsewhere: Readonly<Record<string, string>> = {
  default: 'standard',
  standard_only: 'standard',
  fast: 'priority',
};

function encodeTier(serviceTier: string, support: Support): string | undefined {
  if (serviceTier === '' || serviceTier === 'auto') return undefined;
  if (ownTiers.includes(serviceTier)) return serviceTier;
  const tier = Object.hasOwn(tiersElsewhere, serviceTier) ? tiersElsewhere[serviceTier] : undefined;
  if (tier) support.adjusted('service_tier', `a service tier of ${serviceTier} became ${tier}`);
  else support.leftOut('service_tier', `this provider has no service tier ${serviceTier}`);
  return tier;
}

function encodeTools(chat: Chat, support: Support): WireBody {
  if (chat.tools.length === 0) return {};
  if (chat.parallelToolCalls === false) support.can('parallel_tool_calls');
  const functionDeclarations = chat.tools.map((tool) => {
    const { name, description, parametersJson, strict } = tool;
    noteToolBreakpoint(tool, support);
    if (strict) support.can('strict_tools');
    const parametersJsonSchema = schemaObject(parametersJson, 'tools.parameters', support);
    return { name, description: description || undefined, parametersJsonSchema };
  });
  const functionCallingConfig = encodeChoice(chat.toolChoice);
  const toolConfig = functionCallingConfig && { functionCallingConfig };
  return { tools: [{ functionDeclarations }], toolConfig };
}

function encodeChoice(choice: ToolChoice | undefined): WireBody | undefined {
  switch (choice?.mode) {
    case ToolChoice_Mode.AUTO:
      return { mode: 'AUTO' };
    case ToolChoice_Mode.NONE:
      return { mode: 'NONE' };
    case ToolChoice_Mode.REQUIRED:
      return { mode: 'ANY' };
    case ToolChoice_Mode.NAMED:
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    default:
      return undefined;
  }
}

/** A seed is a 32-bit integer here. */
function encodeSampling(sampling: Sampling | undefined, support: Support): WireBody {
  if (!sampling) return {};
  const seed = supported(support, 'sampling.seed', sampling.seed);
  const narrowed = seed === undefined ? undefined : BigInt.asIntN(32, seed);
  if (narrowed !== seed) support.adjusted('sampling.seed', `a seed of ${seed} became ${narrowed}`);
  return {
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    frequencyPenalty: sampling.frequencyPenalty,
    presencePenalty: sampling.presencePenalty,
    seed: exactInteger(narrowed),
  };
}

function encodeFormat(format: OutputFormat | undefined, support: Support): WireBody {
  switch (format?.kind) {
    case OutputFormat_Kind.JSON_OBJECT:
      return { responseMimeType: 'application/json' };
    case OutputFormat_Kind.JSON_SCHEMA: {
      const responseJsonSchema = schemaObject(format.schemaJson, 'output_format.schema', support);
      return { responseMimeType: 'application/json', responseJsonSchema };
    }
    default:
      return {};
  }
}

const taskTypes: Readonly<Record<string, string>> = {
  document: 'RETRIEVAL_DOCUMENT',
  query: 'RETRIEVAL_QUERY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  similarity: 'SEMANTIC_SIMILARITY',
};

function embeddingBody({ upstreamModel }: UpstreamRequest, embedding: Embedding, support: Support): WireBody {
  const model = modelResource(upstreamModel);
  const taskType = taskTypeOf(embedding.purpose, support);
  const outputDimensionality = embedding.dimensions;
  const requests = embedding.inputs.map((text) => ({
    model,
    content: { parts: [{ text }] },
    taskType,
    outputDimensionality,
  }));
  return { requests };
}

function taskTypeOf(purpose: string, support: Support): string | undefined {
  if (purpose === '') return undefined;
  if (Object.hasOwn(taskTypes, purpose)) return taskTypes[purpose];
  support.leftOut('embedding.purpose', `a purpose of ${purpose} is not known here`);
  return undefined;
}
