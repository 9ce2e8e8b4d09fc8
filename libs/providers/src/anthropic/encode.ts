// Canonical call -> messages request.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Sampling,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { schemaObject } from '../encoding/content.ts';
import { jsonRequest, noSuchTask } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { anthropicCapabilities } from './capabilities.ts';
import { encodeSystem, encodeTurns } from './messages.ts';

type WireBody = Record<string, unknown>;

/** The API wants a cap; without one from the call this is sent, which every current model can answer. */
const defaultCap = 8192;

export function encodeRequest(apiVersion: string, request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const { task } = request.call;
  if (task?.$case !== 'chat') return noSuchTask('anthropic', request);
  const support = supportOf(anthropicCapabilities(apiVersion));
  const encoded = jsonRequest(chatBody(request, task.value, support), support);
  if (!encoded.ok) return encoded;
  const headers = { ...encoded.value.headers, 'anthropic-version': apiVersion };
  return { ok: true, value: { ...encoded.value, headers } };
}

function chatBody(request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { call, upstreamModel, maxOutputTokens, stream } = request;
  const cap = maxOutputTokens > 0 ? maxOutputTokens : defaultCap;
  const effort = encodeEffort(chat.reasoning, support);
  const format = encodeFormat(chat.outputFormat, support);
  return {
    model: upstreamModel,
    max_tokens: cap,
    system: encodeSystem(chat.messages, support),
    messages: encodeTurns(chat.messages, support),
    ...encodeTools(chat, support),
    ...encodeSampling(chat.sampling, support),
    thinking: encodeThinking(chat.reasoning, cap, support),
    output_config: effort || format ? { effort, format } : undefined,
    stop_sequences: chat.stopSequences.length > 0 ? chat.stopSequences : undefined,
    service_tier: call.serviceTier || undefined,
    metadata: call.endUser === '' ? undefined : { user_id: call.endUser },
    stream: stream || undefined,
  };
}

function encodeTools(chat: Chat, support: Support): WireBody {
  if (chat.tools.length === 0) return {};
  return {
    tools: chat.tools.map((tool) => encodeTool(tool, support)),
    tool_choice: encodeChoice(chat.toolChoice, chat.parallelToolCalls),
  };
}

function encodeTool({ name, description, parametersJson, strict }: Tool, support: Support): WireBody {
  const input_schema = schemaObject(parametersJson, 'tools.parameters', support);
  return { name, description: description || undefined, input_schema, strict };
}

function encodeChoice(choice: ToolChoice | undefined, parallel: boolean | undefined): WireBody | undefined {
  const disable_parallel_tool_use = parallel === undefined ? undefined : !parallel;
  switch (choice?.mode) {
    case ToolChoice_Mode.NONE:
      return { type: 'none' };
    case ToolChoice_Mode.REQUIRED:
      return { type: 'any', disable_parallel_tool_use };
    case ToolChoice_Mode.NAMED:
      return { type: 'tool', name: choice.name, disable_parallel_tool_use };
    case ToolChoice_Mode.AUTO:
      return { type: 'auto', disable_parallel_tool_use };
    default:
      return parallel === undefined ? undefined : { type: 'auto', disable_parallel_tool_use };
  }
}

function encodeSampling(sampling: Sampling | undefined, support: Support): WireBody {
  if (!sampling) return {};
  supported(support, 'sampling.frequency_penalty', sampling.frequencyPenalty);
  supported(support, 'sampling.presence_penalty', sampling.presencePenalty);
  supported(support, 'sampling.seed', sampling.seed);
  return {
    temperature: encodeTemperature(supported(support, 'sampling.temperature', sampling.temperature), support),
    top_p: supported(support, 'sampling.top_p', sampling.topP),
    top_k: supported(support, 'sampling.top_k', sampling.topK),
  };
}

/** Other dialects go up to 2. */
function encodeTemperature(temperature: number | undefined, support: Support): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature;
  support.adjusted('sampling.temperature', `a temperature of ${temperature} became 1, the most this provider takes`);
  return 1;
}

const leastThinking = 1024;

function encodeThinking(reasoning: Reasoning | undefined, cap: number, support: Support): WireBody | undefined {
  if (reasoning?.effort === 'none') return { type: 'disabled' };
  if (reasoning?.budgetTokens === undefined) return undefined;
  const budget = Math.min(Math.max(reasoning.budgetTokens, leastThinking), cap - 1);
  if (budget < leastThinking) {
    support.leftOut('reasoning.budget_tokens', `a cap of ${cap} tokens leaves no room for thinking`);
    return undefined;
  }
  if (budget !== reasoning.budgetTokens) {
    support.adjusted('reasoning.budget_tokens', `a budget of ${reasoning.budgetTokens} tokens became ${budget}`);
  }
  return { type: 'enabled', budget_tokens: budget };
}

function encodeEffort(reasoning: Reasoning | undefined, support: Support): string | undefined {
  const effort = reasoning?.effort ?? '';
  if (effort === '' || effort === 'none') return undefined;
  if (effort !== 'minimal') return effort;
  support.adjusted('reasoning.effort', 'an effort of minimal became low, the least this provider takes');
  return 'low';
}

function encodeFormat(format: OutputFormat | undefined, support: Support): WireBody | undefined {
  if (format?.kind === OutputFormat_Kind.JSON_OBJECT) support.can('json_object');
  if (format?.kind !== OutputFormat_Kind.JSON_SCHEMA) return undefined;
  return { type: 'json_schema', schema: schemaObject(format.schemaJson, 'output_format.schema', support) };
}
