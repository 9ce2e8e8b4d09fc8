// Canonical call -> responses request. Nothing is left at the provider: the whole conversation goes out each time.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, schemaObject } from '../encoding/content.ts';
import { jsonRequest, noSuchTask } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import { encodeEffort, encodeSampling } from '../openai-compatible/encode.ts';
import type { Vendor, WireBody } from '../openai-compatible/vendor.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { responsesCapabilities } from './capabilities.ts';
import { encodeItems } from './items.ts';

export function encodeResponse(vendor: Vendor, request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(responsesCapabilities(vendor.capabilities), vendor.refuses(request));
  const { task } = request.call;
  if (task?.$case !== 'chat') return noSuchTask(vendor.id, request);
  const body = responseBody(vendor, request, task.value, support);
  if (vendor.isReasoner(request.upstreamModel)) body.include = ['reasoning.encrypted_content'];
  return jsonRequest(body, support);
}

function responseBody(vendor: Vendor, request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { upstreamModel, stream, call } = request;
  if (chat.stopSequences.length > 0) support.can('stop_sequences');
  const body: WireBody = {
    model: upstreamModel,
    input: encodeItems(chat.messages, support),
    store: false,
    max_output_tokens: encodeCap(request.maxOutputTokens, support),
    ...encodeTools(chat, support),
    ...encodeSampling(chat.sampling, support),
    text: encodeFormat(chat.outputFormat, support),
    reasoning: encodeReasoning(chat.reasoning, support),
    service_tier: supported(support, 'service_tier', call.serviceTier || undefined),
    [vendor.endUserField]: supported(support, 'end_user', call.endUser || undefined),
    ...(stream ? { stream: true } : {}),
  };
  vendor.amend(body, { ...request, wire: 'responses' }, support);
  return body;
}

/** OpenAI's own lower bound. */
const leastCap = 16;

function encodeCap(maxOutputTokens: number, support: Support): number | undefined {
  if (maxOutputTokens === 0) return undefined;
  if (maxOutputTokens >= leastCap) return maxOutputTokens;
  support.adjusted('max_output_tokens', `this endpoint takes no cap below ${leastCap} tokens`);
  return leastCap;
}

function encodeTools(chat: Chat, support: Support): WireBody {
  if (chat.tools.length === 0 || !support.can('tools')) return {};
  return {
    tools: chat.tools.map((tool) => encodeTool(tool, support)),
    tool_choice: encodeChoice(chat.toolChoice, support),
    parallel_tool_calls: supported(support, 'parallel_tool_calls', chat.parallelToolCalls),
  };
}

/** Here functions are strict unless that is ruled out, other than on chat completions. */
function encodeTool(tool: Tool, support: Support): WireBody {
  const { name, description, parametersJson, strict } = tool;
  noteToolBreakpoint(tool, support);
  const parameters = schemaObject(parametersJson, 'tools.parameters', support);
  const strictly = supported(support, 'strict_tools', strict) ?? false;
  return { type: 'function', name, description: description || undefined, parameters, strict: strictly };
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
      return supported(support, 'tool_choice', { type: 'function', name: choice.name });
    default:
      return undefined;
  }
}

function encodeFormat(format: OutputFormat | undefined, support: Support): unknown {
  switch (format?.kind) {
    case OutputFormat_Kind.JSON_OBJECT:
      return supported(support, 'json_object', { format: { type: 'json_object' } });
    case OutputFormat_Kind.JSON_SCHEMA: {
      if (!support.can('json_schema')) return undefined;
      const schema = schemaObject(format.schemaJson, 'output_format.schema', support);
      const name = format.schemaName || 'answer';
      return { format: { type: 'json_schema', name, schema, strict: format.strict } };
    }
    default:
      return undefined;
  }
}

function encodeReasoning(reasoning: Reasoning | undefined, support: Support): unknown {
  const effort = encodeEffort(reasoning, support);
  return effort === undefined ? undefined : { effort };
}
