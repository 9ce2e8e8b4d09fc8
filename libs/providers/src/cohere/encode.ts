// Canonical call -> chat or embed request of Cohere's API version 2.
import {
  type Chat,
  type Embedding,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Sampling,
  type Tool,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, schemaObject } from '../encoding/content.ts';
import { jsonRequest, noSuchTask, tooManyInputs } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { exactInteger } from '../reading/exact.ts';
import { cohereCapabilities, refusedBy } from './capabilities.ts';
import { encodeDocuments } from './documents.ts';
import { encodeMessages } from './messages.ts';

type WireBody = Record<string, unknown>;

/** What the API takes in one request. */
export const embeddingLimits = { id: 'cohere', mostEmbeddingInputs: 96 };
const mostStops = 5;

export function encodeRequest(request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(cohereCapabilities, refusedBy(request.upstreamModel));
  const { task, endUser, serviceTier } = request.call;
  if (endUser !== '') support.can('end_user');
  if (serviceTier !== '') support.can('service_tier');
  if (task?.$case === 'chat') return jsonRequest(chatBody(request, task.value, support), support);
  if (task?.$case !== 'embedding') return noSuchTask('cohere', request);
  return tooManyInputs(embeddingLimits, request) ?? jsonRequest(embeddingBody(request, task.value, support), support);
}

function chatBody(request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { upstreamModel, maxOutputTokens, stream } = request;
  return {
    model: upstreamModel,
    messages: encodeMessages(chat.messages, support),
    documents: encodeDocuments(chat),
    max_tokens: maxOutputTokens > 0 ? maxOutputTokens : undefined,
    ...encodeTools(chat, support),
    ...encodeSampling(chat.sampling, support),
    stop_sequences: chat.stopSequences.length > 0 ? encodeStops(chat, support) : undefined,
    response_format: encodeFormat(chat.outputFormat, support),
    thinking: encodeThinking(chat.reasoning, support),
    stream: stream || undefined,
  };
}

function encodeTools(chat: Chat, support: Support): WireBody {
  if (chat.tools.length === 0) return {};
  if (chat.parallelToolCalls === false) support.can('parallel_tool_calls');
  const { offered, tool_choice } = encodeChoice(chat, support);
  return {
    tools: offered.map((tool) => encodeTool(tool, support)),
    tool_choice,
    strict_tools: encodeStrict(offered, support),
  };
}

function encodeTool(tool: Tool, support: Support): WireBody {
  const { name, description, parametersJson } = tool;
  noteToolBreakpoint(tool, support);
  const parameters = schemaObject(parametersJson, 'tools.parameters', support);
  return { type: 'function', function: { name, description: description || undefined, parameters } };
}

/** No single tool can be named here; offering that one alone comes to the same. */
function encodeChoice(chat: Chat, support: Support): { offered: readonly Tool[]; tool_choice?: string | undefined } {
  const { tools, toolChoice } = chat;
  switch (toolChoice?.mode) {
    case ToolChoice_Mode.NONE:
      return { offered: tools, tool_choice: supported(support, 'tool_choice', 'NONE') };
    case ToolChoice_Mode.REQUIRED:
      return { offered: tools, tool_choice: supported(support, 'tool_choice', 'REQUIRED') };
    case ToolChoice_Mode.NAMED: {
      if (!support.can('tool_choice')) return { offered: tools };
      const named = tools.filter(({ name }) => name === toolChoice.name);
      if (named.length < tools.length) support.adjusted('tool_choice', `only ${toolChoice.name} was offered`);
      return { offered: named, tool_choice: 'REQUIRED' };
    }
    default:
      return { offered: tools };
  }
}

/** Strict or not is said once for all tools. */
function encodeStrict(tools: readonly Tool[], support: Support): true | undefined {
  const strict = tools.filter((tool) => tool.strict === true).length;
  if (strict === 0) return undefined;
  if (strict < tools.length) support.adjusted('strict_tools', 'all tools became strict, since one of them is');
  return true;
}

function encodeSampling(sampling: Sampling | undefined, support: Support): WireBody {
  if (!sampling) return {};
  const within = (name: string, value: number | undefined, [least, most]: readonly [number, number]) => {
    if (value === undefined || (value >= least && value <= most)) return value;
    const nearest = value < least ? least : most;
    support.adjusted(`sampling.${name}`, `a ${name} of ${value} became ${nearest}, the nearest this provider takes`);
    return nearest;
  };
  return {
    temperature: sampling.temperature,
    p: within('top_p', sampling.topP, [0.01, 0.99]),
    k: within('top_k', sampling.topK, [0, 500]),
    frequency_penalty: within('frequency_penalty', sampling.frequencyPenalty, [0, 1]),
    presence_penalty: within('presence_penalty', sampling.presencePenalty, [0, 1]),
    seed: exactInteger(sampling.seed),
  };
}

function encodeStops({ stopSequences }: Chat, support: Support): string[] {
  if (stopSequences.length > mostStops) {
    support.adjusted('stop_sequences', `only the first ${mostStops} stop sequences can be sent`);
  }
  return stopSequences.slice(0, mostStops);
}

function encodeFormat(format: OutputFormat | undefined, support: Support): WireBody | undefined {
  switch (format?.kind) {
    case OutputFormat_Kind.JSON_OBJECT:
      return { type: 'json_object' };
    case OutputFormat_Kind.JSON_SCHEMA:
      return { type: 'json_object', json_schema: schemaObject(format.schemaJson, 'output_format.schema', support) };
    default:
      return undefined;
  }
}

/** On with a number of tokens, on, or off. */
function encodeThinking(reasoning: Reasoning | undefined, support: Support): WireBody | undefined {
  const { effort = '', budgetTokens } = reasoning ?? {};
  if (effort === '' && budgetTokens === undefined) return undefined;
  const isOff = effort === 'none' || (effort === '' && budgetTokens === 0);
  if (isOff) return support.declines('reasoning') ? undefined : { type: 'disabled' };
  if (!support.can('reasoning')) return undefined;
  if (budgetTokens !== undefined && budgetTokens > 0) return { type: 'enabled', token_budget: budgetTokens };
  support.adjusted('reasoning.effort', `this provider has no levels of reasoning: an effort of ${effort} became on`);
  return { type: 'enabled' };
}

const inputTypes: Readonly<Record<string, string>> = {
  document: 'search_document',
  query: 'search_query',
  classification: 'classification',
  clustering: 'clustering',
};

/** Texts that are too long are refused instead of being cut in silence. */
function embeddingBody({ upstreamModel }: UpstreamRequest, embedding: Embedding, support: Support): WireBody {
  return {
    model: upstreamModel,
    texts: embedding.inputs,
    input_type: inputTypeOf(embedding.purpose, support),
    embedding_types: ['float'],
    output_dimension: embedding.dimensions,
    truncate: 'NONE',
  };
}

function inputTypeOf(purpose: string, support: Support): string {
  if (Object.hasOwn(inputTypes, purpose)) return inputTypes[purpose]!;
  const asked = purpose === '' ? 'none was given' : `${purpose} is none of its own`;
  support.adjusted('embedding.purpose', `this provider wants a purpose and ${asked}; the texts count as documents`);
  return 'search_document';
}
