// Canonical call -> chat or embed request of Ollama's native API.
import {
  type Chat,
  type Embedding,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Tool,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, schemaObject } from '../encoding/content.ts';
import { budgetBesideEffort, effortOf } from '../encoding/effort.ts';
import { jsonRequest, noSuchTask } from '../encoding/request.ts';
import { type Support, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { exactInteger } from '../reading/exact.ts';
import { ollamaCapabilities } from './capabilities.ts';
import { encodeMessages } from './messages.ts';

type WireBody = Record<string, unknown>;

export function encodeRequest(request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const support = supportOf(ollamaCapabilities);
  const { task, endUser, serviceTier } = request.call;
  if (endUser !== '') support.can('end_user');
  if (serviceTier !== '') support.can('service_tier');
  if (task?.$case === 'chat') return jsonRequest(chatBody(request, task.value, support), support);
  if (task?.$case === 'embedding') return jsonRequest(embeddingBody(request, task.value, support), support);
  return noSuchTask('ollama', request);
}

/**
 * Unlike elsewhere, `stream` has to be said when it is off: streaming is the default here. A prompt or an answer that
 * does not fit the context is refused or ended instead of being cut at its beginning in silence.
 */
function chatBody(request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  return {
    model: request.upstreamModel,
    messages: encodeMessages(chat.messages, support),
    stream: request.stream,
    truncate: false,
    shift: false,
    tools: encodeTools(chat, support),
    format: encodeFormat(chat.outputFormat, support),
    think: encodeThinking(chat.reasoning, support),
    options: encodeOptions(request, chat),
  };
}

function encodeTools(chat: Chat, support: Support): WireBody[] | undefined {
  if (chat.tools.length === 0) return undefined;
  const mode = chat.toolChoice?.mode ?? ToolChoice_Mode.UNSPECIFIED;
  const isAutomatic = mode === ToolChoice_Mode.UNSPECIFIED || mode === ToolChoice_Mode.AUTO;
  if (!isAutomatic) support.can('tool_choice');
  if (chat.parallelToolCalls === false) support.can('parallel_tool_calls');
  return chat.tools.map((tool) => encodeTool(tool, support));
}

function encodeTool(tool: Tool, support: Support): WireBody {
  const { name, description, parametersJson, strict } = tool;
  noteToolBreakpoint(tool, support);
  if (strict) support.can('strict_tools');
  const parameters = schemaObject(parametersJson, 'tools.parameters', support);
  return { type: 'function', function: { name, description, parameters } };
}

function encodeFormat(format: OutputFormat | undefined, support: Support): unknown {
  if (format?.kind === OutputFormat_Kind.JSON_OBJECT) return 'json';
  if (format?.kind !== OutputFormat_Kind.JSON_SCHEMA) return undefined;
  return schemaObject(format.schemaJson, 'output_format.schema', support);
}

const levels: readonly string[] = ['low', 'medium', 'high'];

/** On or off, or one of three levels. */
function encodeThinking(reasoning: Reasoning | undefined, support: Support): boolean | string | undefined {
  const { effort: asked = '', budgetTokens } = reasoning ?? {};
  if (asked === '' && budgetTokens === undefined) return undefined;
  if (asked !== '' && budgetTokens !== undefined) support.leftOut('reasoning.budget_tokens', budgetBesideEffort);
  const effort = asked || effortOf(budgetTokens!, support);
  if (effort === 'none') return false;
  if (levels.includes(effort)) return effort;
  const nearest = effort === 'minimal' ? 'low' : 'high';
  support.adjusted('reasoning.effort', `an effort of ${effort} became ${nearest}`);
  return nearest;
}

function encodeOptions({ maxOutputTokens }: UpstreamRequest, { sampling, stopSequences }: Chat): WireBody {
  return {
    num_predict: maxOutputTokens > 0 ? maxOutputTokens : undefined,
    stop: stopSequences.length > 0 ? stopSequences : undefined,
    temperature: sampling?.temperature,
    top_p: sampling?.topP,
    top_k: sampling?.topK,
    frequency_penalty: sampling?.frequencyPenalty,
    presence_penalty: sampling?.presencePenalty,
    seed: exactInteger(sampling?.seed),
  };
}

/** Inputs that are too long are refused instead of being cut in silence. */
function embeddingBody({ upstreamModel }: UpstreamRequest, embedding: Embedding, support: Support): WireBody {
  const { inputs, dimensions, purpose } = embedding;
  if (purpose !== '') support.can('embedding.purpose');
  return { model: upstreamModel, input: inputs, truncate: false, dimensions };
}
