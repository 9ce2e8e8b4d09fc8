// Canonical call -> chat completion or embeddings request.
import {
  type Chat,
  type Embedding,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Sampling,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, schemaObject } from '../encoding/content.ts';
import { budgetBesideEffort, effortOf } from '../encoding/effort.ts';
import { jsonRequest, noSuchTask, tooManyInputs } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { exactInteger } from '../reading/exact.ts';
import { encodeMessages } from './messages.ts';
import type { Vendor, WireBody } from './vendor.ts';

/** A chat completion. */
export function encodeChat(vendor: Vendor, request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(vendor.capabilities, vendor.refuses(request));
  const { task } = request.call;
  if (task?.$case !== 'chat') return noSuchTask(vendor.id, request);
  return jsonRequest(chatBody(vendor, request, task.value, support), support);
}

/** Embeddings. */
export function encodeEmbedding(vendor: Vendor, request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(vendor.capabilities, vendor.refuses(request));
  const { task } = request.call;
  if (task?.$case !== 'embedding' || !vendor.capabilities.has('embeddings')) return noSuchTask(vendor.id, request);
  const refused = tooManyInputs(vendor, request);
  if (refused) return refused;
  const body = embeddingBody(request, task.value, support);
  vendor.amend(body, request, support);
  return jsonRequest(body, support);
}

function chatBody(vendor: Vendor, request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { upstreamModel, maxOutputTokens, stream, call } = request;
  const body: WireBody = {
    model: upstreamModel,
    messages: encodeMessages(chat.messages, support),
    [vendor.capField]: maxOutputTokens > 0 ? maxOutputTokens : undefined,
    ...encodeTools(chat, support),
    ...encodeSampling(chat.sampling, support),
    response_format: encodeFormat(chat.outputFormat, support),
    stop: encodeStops(chat, support),
    reasoning_effort: encodeEffort(chat.reasoning, support),
    service_tier: supported(support, 'service_tier', call.serviceTier || undefined),
    [vendor.endUserField]: supported(support, 'end_user', call.endUser || undefined),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  vendor.amend(body, { ...request, wire: 'chat' }, support);
  return body;
}

const mostStops = 4;

export function encodeStops({ stopSequences }: Chat, support: Support): string[] | undefined {
  if (stopSequences.length === 0 || !support.can('stop_sequences')) return undefined;
  if (stopSequences.length > mostStops) {
    support.adjusted('stop_sequences', `only the first ${mostStops} stop sequences can be sent`);
  }
  return stopSequences.slice(0, mostStops);
}

function encodeTools(chat: Chat, support: Support): WireBody {
  if (chat.tools.length === 0 || !support.can('tools')) return {};
  return {
    tools: chat.tools.map((tool) => encodeTool(tool, support)),
    tool_choice: encodeChoice(chat.toolChoice, support),
    parallel_tool_calls: supported(support, 'parallel_tool_calls', chat.parallelToolCalls),
  };
}

function encodeTool(tool: Tool, support: Support): WireBody {
  const { name, description, parametersJson, strict } = tool;
  noteToolBreakpoint(tool, support);
  const parameters = schemaObject(parametersJson, 'tools.parameters', support);
  const strictly = supported(support, 'strict_tools', strict);
  return { type: 'function', function: { name, description: description || undefined, parameters, strict: strictly } };
}

function encodeChoice(choice: ToolChoice | undefined, support: Support): unknown {
  switch (choice?.mode) {
    case ToolChoice_Mode.AUTO:
      return 'auto';
    case ToolChoice_Mode.NONE:
      return supported(support, 'tool_choice', 'none');
    case ToolChoice_Mode.REQUIRED:
      return supported(support, 'tool_choice', 'required');
    case ToolChoice_Mode.NAMED:
      return supported(support, 'tool_choice', { type: 'function', function: { name: choice.name } });
    default:
      return undefined;
  }
}

export function encodeSampling(sampling: Sampling | undefined, support: Support): WireBody {
  if (!sampling) return {};
  return {
    temperature: supported(support, 'sampling.temperature', sampling.temperature),
    top_p: supported(support, 'sampling.top_p', sampling.topP),
    top_k: supported(support, 'sampling.top_k', sampling.topK),
    frequency_penalty: supported(support, 'sampling.frequency_penalty', sampling.frequencyPenalty),
    presence_penalty: supported(support, 'sampling.presence_penalty', sampling.presencePenalty),
    seed: exactInteger(supported(support, 'sampling.seed', sampling.seed)),
  };
}

function encodeFormat(format: OutputFormat | undefined, support: Support): unknown {
  switch (format?.kind) {
    case OutputFormat_Kind.TEXT:
      return { type: 'text' };
    case OutputFormat_Kind.JSON_OBJECT:
      return supported(support, 'json_object', { type: 'json_object' });
    case OutputFormat_Kind.JSON_SCHEMA: {
      if (!support.can('json_schema')) return undefined;
      const schema = schemaObject(format.schemaJson, 'output_format.schema', support);
      const json_schema = { name: format.schemaName || 'answer', schema, strict: format.strict };
      return { type: 'json_schema', json_schema };
    }
    default:
      return undefined;
  }
}

/** A budget of tokens goes as an effort, unless there is one of that too. */
export function encodeEffort(reasoning: Reasoning | undefined, support: Support): string | undefined {
  const { effort = '', budgetTokens } = reasoning ?? {};
  if (effort === '' && budgetTokens === undefined) return undefined;
  if (!support.can('reasoning')) return undefined;
  if (effort === '') return effortOf(budgetTokens!, support);
  if (budgetTokens !== undefined) support.leftOut('reasoning.budget_tokens', budgetBesideEffort);
  return effort;
}

function embeddingBody(request: UpstreamRequest, embedding: Embedding, support: Support): WireBody {
  if (embedding.purpose !== '') support.can('embedding.purpose');
  return {
    model: request.upstreamModel,
    input: embedding.inputs,
    encoding_format: 'float',
    dimensions: supported(support, 'embedding.dimensions', embedding.dimensions),
    user: supported(support, 'end_user', request.call.endUser || undefined),
  };
}
