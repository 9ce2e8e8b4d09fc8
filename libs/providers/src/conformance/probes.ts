// One small call for each capability, so that a codec can be asked about every one of them.
import { Call, OutputFormat_Kind, Role, ToolChoice_Mode } from '@waybill/contracts';
import type { Capability } from '../capability.ts';
import type { UpstreamRequest } from '../codec.ts';

type CallFields = Parameters<(typeof Call)['fromPartial']>[0];
type ChatFields = Extract<NonNullable<CallFields['task']>, { $case: 'chat' }>['value'];
type MessageFields = NonNullable<NonNullable<ChatFields>['messages']>[number];
type PartFields = NonNullable<MessageFields['parts']>[number];

const hello: MessageFields = { role: Role.USER, parts: [textOf('Hello')] };
const picture = Buffer.from('iVBORw==', 'base64');
const schema = '{"type":"object","properties":{"id":{"type":"integer","maximum":12345678901234567890}}}';
const tool = { name: 'lookup', description: 'Looks an id up', parametersJson: schema };
const withTool = { messages: [hello], tools: [tool] };

function textOf(text: string): PartFields {
  return { part: { $case: 'text', value: { text } } };
}

function chat(fields: ChatFields): Call {
  return Call.fromPartial({ task: { $case: 'chat', value: { messages: [hello], ...fields } } });
}

function said(...parts: PartFields[]): Call {
  return chat({ messages: [{ role: Role.USER, parts: [textOf('Look'), ...parts] }] });
}

function embedding(fields: { inputs: string[]; dimensions?: number; purpose?: string }): Call {
  return Call.fromPartial({ task: { $case: 'embedding', value: fields } });
}

/** A turn with two tool calls, and both results. */
function toolTurns(result: { isError?: boolean; parts?: PartFields[] }): Call {
  const call = (id: string, argumentsJson: string): PartFields => ({
    part: { $case: 'toolCall', value: { id, name: 'lookup', argumentsJson } },
  });
  const answer = (toolCallId: string, fields: typeof result): MessageFields => ({
    role: Role.TOOL,
    parts: [{ part: { $case: 'toolResult', value: { toolCallId, parts: [textOf('found')], ...fields } } }],
  });
  return chat({
    tools: [tool],
    messages: [
      hello,
      {
        role: Role.ASSISTANT,
        parts: [textOf('Looking.'), call('call_1', '{"id":12345678901234567890}'), call('call_2', '')],
      },
      answer('call_1', result),
      answer('call_2', {}),
      { role: Role.USER, parts: [textOf('And now?')] },
    ],
  });
}

/** A call that uses the capability and, as far as that can be, nothing else that a wire may lack. */
export const probes: Readonly<Record<Capability, Call>> = {
  chat: chat({ messages: [{ role: Role.SYSTEM, parts: [textOf('Be kind.')] }, hello] }),
  streaming: chat({ stream: true }),
  tools: toolTurns({}),
  vision: said({
    part: { $case: 'image', value: { source: { $case: 'content', value: picture }, mediaType: 'image/png' } },
  }),
  'vision.url': said({
    part: {
      $case: 'image',
      value: { source: { $case: 'url', value: 'https://example.com/a.png' }, mediaType: 'image/png' },
    },
  }),
  documents: said({
    part: {
      $case: 'document',
      value: { source: { $case: 'content', value: picture }, mediaType: 'application/pdf', fileName: 'a.pdf' },
    },
  }),
  'documents.url': said({
    part: {
      $case: 'document',
      value: { source: { $case: 'url', value: 'https://example.com/a.pdf' }, mediaType: 'application/pdf' },
    },
  }),
  audio_input: said({ part: { $case: 'audio', value: { content: picture, mediaType: 'audio/wav' } } }),
  json_schema: chat({ outputFormat: { kind: OutputFormat_Kind.JSON_SCHEMA, schemaName: 'found', schemaJson: schema } }),
  json_object: chat({ outputFormat: { kind: OutputFormat_Kind.JSON_OBJECT } }),
  embeddings: embedding({ inputs: ['one', 'two'] }),
  'embedding.dimensions': embedding({ inputs: ['one', 'two'], dimensions: 2 }),
  'embedding.purpose': embedding({ inputs: ['one', 'two'], purpose: 'query' }),
  reasoning: chat({ reasoning: { effort: 'high' } }),
  'reasoning.replay': chat({
    messages: [
      hello,
      {
        role: Role.ASSISTANT,
        parts: [{ part: { $case: 'reasoning', value: { text: 'Hm.', signature: 'c2ln' } } }, textOf('Hi')],
      },
      { role: Role.USER, parts: [textOf('Why?')] },
    ],
  }),
  prompt_caching: chat({ messages: [{ role: Role.USER, parts: [{ ...textOf('Long'), cacheBreakpoint: {} }] }] }),
  tool_choice: chat({ ...withTool, toolChoice: { mode: ToolChoice_Mode.NAMED, name: 'lookup' } }),
  parallel_tool_calls: chat({ ...withTool, parallelToolCalls: false }),
  strict_tools: chat({ messages: [hello], tools: [{ ...tool, strict: true }] }),
  'tool_result.is_error': toolTurns({ isError: true }),
  'tool_result.images': toolTurns({
    parts: [
      { part: { $case: 'image', value: { source: { $case: 'content', value: picture }, mediaType: 'image/png' } } },
    ],
  }),
  stop_sequences: chat({ stopSequences: ['END'] }),
  'sampling.temperature': chat({ sampling: { temperature: 0.5 } }),
  'sampling.top_p': chat({ sampling: { topP: 0.5 } }),
  'sampling.top_k': chat({ sampling: { topK: 5 } }),
  'sampling.frequency_penalty': chat({ sampling: { frequencyPenalty: 0.5 } }),
  'sampling.presence_penalty': chat({ sampling: { presencePenalty: 0.5 } }),
  'sampling.seed': chat({ sampling: { seed: 7n } }),
  'message.name': chat({ messages: [{ ...hello, name: 'ada' }] }),
  end_user: { ...chat({}), endUser: 'user-1' },
  service_tier: { ...chat({}), serviceTier: 'flex' },
};

/** A request for a call as the conformance suite makes it. */
export function requestFor(call: Call, upstreamModel: string, stream = false): UpstreamRequest {
  return { attemptId: 'call_0000000001:1', call, upstreamModel, maxOutputTokens: 100, stream };
}
