// Canonical call -> messages request.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { schemaObject } from '../encoding/content.ts';
import { jsonRequest, noSuchTask } from '../encoding/request.ts';
import { type Support, supportOf } from '../encoding/support.ts';
import type { ProviderResult } from '../provider-fault.ts';
import { anthropicCapabilities } from './capabilities.ts';
import { cacheControl, encodeSystem, encodeTurns } from './messages.ts';
import { refusedBy } from './models.ts';
import { encodeSampling } from './sampling.ts';
import { encodeThinking } from './thinking.ts';
import type { CacheControl } from './wire.ts';

type WireBody = Record<string, unknown>;

/** The API wants a cap; without one from the call this is sent, which every current model can answer. */
export const defaultCap = 8192;

export function encodeRequest(apiVersion: string, request: UpstreamRequest): ProviderResult<EncodedRequest> {
  const { task } = request.call;
  if (task?.$case !== 'chat') return noSuchTask('anthropic', request);
  const support = supportOf(anthropicCapabilities(apiVersion), refusedBy(request.upstreamModel));
  const encoded = jsonRequest(chatBody(apiVersion, request, task.value, support), support);
  if (!encoded.ok) return encoded;
  const headers = { ...encoded.value.headers, 'anthropic-version': apiVersion };
  return { ok: true, value: { ...encoded.value, headers } };
}

function chatBody(apiVersion: string, request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { call, upstreamModel, maxOutputTokens, stream } = request;
  const cap = maxOutputTokens > 0 ? maxOutputTokens : defaultCap;
  const tools = encodeTools(chat, support);
  const forcesTool = tools.tool_choice?.type === 'any' || tools.tool_choice?.type === 'tool';
  const wishes = { model: upstreamModel, reasoning: chat.reasoning, cap, forcesTool };
  const { thinking, effort } = encodeThinking(wishes, support);
  const format = encodeFormat(chat.outputFormat, support);
  const system = encodeSystem(chat.messages, support);
  const messages = encodeTurns(chat.messages, { support, documentsAreForUsers: apiVersion >= '2026-10-21' });
  keepLastBreakpoints([tools.tools ?? [], system ?? [], ...messages.map(({ content }) => content)].flat(), support);
  return {
    model: upstreamModel,
    max_tokens: cap,
    system,
    messages,
    ...tools,
    ...encodeSampling(chat.sampling, { thinks: thinking !== undefined && thinking.type !== 'disabled' }, support),
    thinking,
    output_config: effort || format ? { effort, format } : undefined,
    stop_sequences: chat.stopSequences.length > 0 ? chat.stopSequences : undefined,
    service_tier: encodeTier(call.serviceTier, support),
    metadata: call.endUser === '' ? undefined : { user_id: call.endUser },
    stream: stream || undefined,
  };
}

type WireTool = WireBody & { cache_control?: CacheControl | undefined };

interface WireTools {
  readonly tools?: WireTool[];
  readonly tool_choice?: { readonly type: string } | undefined;
}

function encodeTools(chat: Chat, support: Support): WireTools {
  if (chat.tools.length === 0) return {};
  return {
    tools: chat.tools.map((tool) => encodeTool(tool, support)),
    tool_choice: encodeChoice(chat.toolChoice, chat.parallelToolCalls, support),
  };
}

function encodeTool(tool: Tool, support: Support): WireTool {
  const { name, description, parametersJson, strict, cacheBreakpoint } = tool;
  const input_schema = schemaObject(parametersJson, 'tools.parameters', support);
  const cache_control = cacheBreakpoint && cacheControl(cacheBreakpoint.timeToLive, support);
  return { name, description: description || undefined, input_schema, strict, cache_control };
}

const mostBreakpoints = 4;

/** More breakpoints are refused; the later ones reach further. */
function keepLastBreakpoints(blocks: readonly { cache_control?: CacheControl | undefined }[], support: Support): void {
  const marked = blocks.filter((block) => block.cache_control !== undefined);
  for (const block of marked.slice(0, -mostBreakpoints)) block.cache_control = undefined;
  if (marked.length > mostBreakpoints) {
    support.adjusted('prompt_caching', `only the last ${mostBreakpoints} breakpoints were sent`);
  }
}

/** A model that cannot be made to call a tool chooses itself. */
function encodeChoice(
  choice: ToolChoice | undefined,
  parallel: boolean | undefined,
  support: Support,
): WireTools['tool_choice'] {
  const limits = parallel === undefined ? {} : { disable_parallel_tool_use: !parallel };
  switch (choice?.mode) {
    case ToolChoice_Mode.NONE:
      return { type: 'none' };
    case ToolChoice_Mode.REQUIRED:
      return support.can('tool_choice') ? { type: 'any', ...limits } : { type: 'auto', ...limits };
    case ToolChoice_Mode.NAMED:
      return support.can('tool_choice') ? namedTool(choice.name, limits) : { type: 'auto', ...limits };
    case ToolChoice_Mode.AUTO:
      return { type: 'auto', ...limits };
    default:
      return parallel === undefined ? undefined : { type: 'auto', ...limits };
  }
}

function namedTool(name: string, limits: WireBody): WireTools['tool_choice'] & WireBody {
  return { type: 'tool', name, ...limits };
}

const ownTiers: readonly string[] = ['auto', 'standard_only'];

/** Other dialects' names for the tier that costs the list price keep a call off the one that was paid in advance. */
function encodeTier(serviceTier: string, support: Support): string | undefined {
  if (serviceTier === '' || ownTiers.includes(serviceTier)) return serviceTier || undefined;
  const tier = serviceTier === 'default' || serviceTier === 'standard' ? 'standard_only' : 'auto';
  support.adjusted('service_tier', `a service tier of ${serviceTier} became ${tier}`);
  return tier;
}

function encodeFormat(format: OutputFormat | undefined, support: Support): WireBody | undefined {
  if (format?.kind === OutputFormat_Kind.JSON_OBJECT) support.can('json_object');
  if (format?.kind !== OutputFormat_Kind.JSON_SCHEMA) return undefined;
  return { type: 'json_schema', schema: schemaObject(format.schemaJson, 'output_format.schema', support) };
}
