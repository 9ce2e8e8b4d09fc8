// Canonical call -> legacy completion request.
import { type Chat, type Message, OutputFormat_Kind, Role } from '@waybill/contracts';
import type { Capability } from '../capability.ts';
import type { EncodedRequest, UpstreamRequest } from '../codec.ts';
import { noteToolBreakpoint, toolResultText } from '../encoding/content.ts';
import { jsonRequest, noSuchTask } from '../encoding/request.ts';
import { type Support, supported, supportOf } from '../encoding/support.ts';
import { encodeEffort, encodeSampling, encodeStops } from '../openai-compatible/encode.ts';
import type { Vendor, WireBody } from '../openai-compatible/vendor.ts';
import type { ProviderResult } from '../provider-fault.ts';

export function encodeCompletion(
  vendor: Vendor,
  capabilities: ReadonlySet<Capability>,
  request: UpstreamRequest,
): ProviderResult<EncodedRequest> {
  const support = supportOf(capabilities, vendor.refuses(request));
  const { task } = request.call;
  if (task?.$case !== 'chat') return noSuchTask(vendor.id, request);
  return jsonRequest(completionBody(request, task.value, support), support);
}

function completionBody(request: UpstreamRequest, chat: Chat, support: Support): WireBody {
  const { upstreamModel, maxOutputTokens, stream, call } = request;
  noteWhatIsLeftOut(call.serviceTier, chat, support);
  return {
    model: upstreamModel,
    prompt: promptOf(chat.messages, support),
    max_tokens: maxOutputTokens > 0 ? maxOutputTokens : undefined,
    ...encodeSampling(chat.sampling, support),
    stop: encodeStops(chat, support),
    user: supported(support, 'end_user', call.endUser || undefined),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

function noteWhatIsLeftOut(serviceTier: string, chat: Chat, support: Support): void {
  if (serviceTier !== '') support.can('service_tier');
  noteTools(chat, support);
  if (chat.outputFormat?.kind === OutputFormat_Kind.JSON_OBJECT) support.can('json_object');
  if (chat.outputFormat?.kind === OutputFormat_Kind.JSON_SCHEMA) support.can('json_schema');
  encodeEffort(chat.reasoning, support);
}

function noteTools({ tools, toolChoice, parallelToolCalls }: Chat, support: Support): void {
  if (tools.length > 0) support.can('tools');
  if (toolChoice) support.can('tool_choice');
  if (parallelToolCalls !== undefined) support.can('parallel_tool_calls');
  for (const tool of tools) noteToolBreakpoint(tool, support);
  if (tools.some(({ strict }) => strict)) support.can('strict_tools');
}

/** The only message as it is; a conversation as a script whose next line the model writes. */
function promptOf(messages: readonly Message[], support: Support): string {
  const [only] = messages;
  if (messages.length === 1 && only?.role === Role.USER) return textIn(only, support);
  support.adjusted('messages', 'this endpoint takes one text, so the conversation was written out as a script');
  const lines = messages.map((message) => `${speakers[message.role] ?? 'User'}: ${textIn(message, support)}`);
  return [...lines, 'Assistant:'].join('\n\n');
}

const speakers: Readonly<Partial<Record<Role, string>>> = {
  [Role.SYSTEM]: 'System',
  [Role.ASSISTANT]: 'Assistant',
  [Role.TOOL]: 'Tool',
};

const capabilityOfPart: Readonly<Record<string, Capability>> = {
  image: 'vision',
  document: 'documents',
  audio: 'audio_input',
  toolCall: 'tools',
  reasoning: 'reasoning.replay',
};

function textIn({ parts, name }: Message, support: Support): string {
  if (name !== '') support.can('message.name');
  return parts
    .map(({ part, cacheBreakpoint }) => {
      if (cacheBreakpoint) support.can('prompt_caching');
      if (part?.$case === 'text' || part?.$case === 'refusal') return part.value.text;
      if (part?.$case === 'toolResult') return toolResultText(part.value, support);
      const capability = part && capabilityOfPart[part.$case];
      if (capability) support.can(capability);
      return '';
    })
    .join('');
}
