// Two turns with a tool between them, through every dialect, to providers and back: what a provider needs again on the
// second turn, such as signatures over its reasoning, reaches it as it was; no other kind of provider sees it.
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import { CallSummary, type ReplyPart } from '@waybill/contracts';
import { codecFor, foldReply, type UpstreamRequest } from '@waybill/providers';
import OpenAI from 'openai';
import { callWithState, markState } from '../core/provider-state.ts';
import { anthropicMessages } from './anthropic/index.ts';
import type { AnswerLabel, Dialect, ReadRequest } from './dialect.ts';
import { openaiChat } from './openai/index.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { waybillChat } from './waybill/index.ts';

const label: AnswerLabel = { callId: 'call_1', model: 'm', providerId: 'p', createdAtSeconds: 1_795_000_000 };
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const named = { name: 'weather', description: 'tells the weather' };
const ask = 'Is it warmer in Bern or in Rome?';
const results = ['17 degrees', '24 degrees'];

type Json = Record<string, unknown>;

function readAs(dialect: Dialect, body: Json): ReadRequest {
  const read = dialect.read(body);
  if (!read.ok) throw new Error(`${dialect.name}: ${read.fault.message}`);
  return read.value;
}

/** The answer in a provider's own JSON, as the caller's dialect has it. */
function answerIn(request: ReadRequest, parts: readonly ReplyPart[]): string {
  const reply = foldReply(parts);
  const ending = { finish: reply.finish!, usage: reply.usage, summary: CallSummary.create(), warnings: [] };
  const { whole, frames: open } = request.answer;
  if (!open) return whole(reply, label, ending);
  const frames = open(label);
  return frames.begin() + parts.map(frames.part).join('') + frames.end(ending);
}

function fetching(text: string, stream: boolean) {
  const type = stream ? 'text/event-stream' : 'application/json';
  return { apiKey: 'x', fetch: async () => new Response(text, { headers: { 'content-type': type } }) };
}

/** A client that asks, reads the answer, calls the tools and sends everything back. */
interface Client {
  readonly dialect: Dialect;
  first(stream: boolean): Json;
  second(answer: string, stream: boolean): Promise<Json>;
}

const chatTools = [{ type: 'function' as const, function: { ...named, parameters } }];
const chatAsk = { model: 'm', messages: [{ role: 'user' as const, content: ask }], tools: chatTools };
const taskAsk = { model: 'm', input: ask, tools: [{ type: 'function' as const, ...named, parameters, strict: false }] };
const messagesAsk = {
  model: 'm',
  max_tokens: 4_096,
  messages: [{ role: 'user' as const, content: ask }],
  tools: [{ ...named, input_schema: { ...parameters, type: 'object' as const } }],
};

const clients: readonly Client[] = [
  {
    dialect: openaiChat,
    first: (stream) => ({ ...chatAsk, stream }),
    async second(answer, stream) {
      const { completions } = new OpenAI(fetching(answer, stream)).chat;
      const completion = await (stream
        ? completions.stream(chatAsk).finalChatCompletion()
        : completions.create(chatAsk));
      const message = completion.choices[0]!.message;
      const told = (message.tool_calls ?? []).map(({ id }, index) => ({
        role: 'tool',
        tool_call_id: id,
        content: results[index],
      }));
      return { ...chatAsk, messages: [...chatAsk.messages, message, ...told] };
    },
  },
  {
    dialect: openaiResponses,
    first: (stream) => ({ ...taskAsk, stream }),
    async second(answer, stream) {
      const { responses } = new OpenAI(fetching(answer, stream));
      const { output } = await (stream ? responses.stream(taskAsk).finalResponse() : responses.create(taskAsk));
      const calls = output.flatMap((item) => (item.type === 'function_call' ? [item.call_id] : []));
      const told = calls.map((call_id, index) => ({ type: 'function_call_output', call_id, output: results[index] }));
      return { ...taskAsk, input: [{ role: 'user', content: ask }, ...output, ...told] };
    },
  },
  {
    dialect: anthropicMessages,
    first: (stream) => ({ ...messagesAsk, stream }),
    async second(answer, stream) {
      const { messages } = new Anthropic(fetching(answer, stream));
      const { content } = await (stream ? messages.stream(messagesAsk).finalMessage() : messages.create(messagesAsk));
      const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
      const told = calls.map((tool_use_id, index) => ({ type: 'tool_result', tool_use_id, content: results[index] }));
      const turns = [
        { role: 'assistant', content },
        { role: 'user', content: told },
      ];
      return { ...messagesAsk, messages: [...messagesAsk.messages, ...turns] };
    },
  },
  {
    dialect: waybillChat,
    // Its frames have no client of their own to put them together; streams.spec.ts reads them.
    first: () => ({ ...chatAsk, stream: false }),
    async second(answer) {
      const { message } = JSON.parse(answer).choices[0];
      const told = (message.toolCalls as { id: string }[]).map(({ id }, index) => ({
        role: 'tool',
        toolCallId: id,
        content: results[index],
      }));
      return { ...chatAsk, messages: [...chatAsk.messages, message, ...told] };
    },
  },
];

function upstream(call: ReadRequest['call'], upstreamModel = 'm'): UpstreamRequest {
  return { attemptId: 'call_1.1', call, upstreamModel, maxOutputTokens: 4_096, stream: false };
}

/** What the provider of one kind gets on the second turn, after that of another kind has answered the first. */
async function secondTurn(client: Client, stream: boolean, first: Provider, second: Provider): Promise<Json> {
  const request = readAs(client.dialect, client.first(stream));
  const codec = codecFor(first.kind)!;
  const body = Buffer.from(JSON.stringify(first.answer));
  const decoded = codec.decode(upstream(request.call, first.upstreamModel), { status: 200, headers: {}, body });
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const answer = answerIn(
    request,
    decoded.value.parts.map((part) => markState(part, first.kind)),
  );
  const again = readAs(client.dialect, await client.second(answer, stream && request.answer.frames !== undefined));
  // What an answer consists of may be sent back without a word.
  expect(again.warnings).toEqual([]);
  const sent = callWithState(again.call, second.kind).call;
  const encoded = codecFor(second.kind)!.encode(upstream(sent, second.upstreamModel));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  return JSON.parse(encoded.value.body);
}

interface Provider {
  readonly kind: string;
  readonly answer: object;
  readonly upstreamModel?: string;
}

const thinking = [
  { type: 'thinking', thinking: 'Both have to be looked up.', signature: 'EqQBCgIYAhIM+/=' },
  { type: 'redacted_thinking', data: 'EmwKAhgBEgy+/=' },
];
const toolUses = ['Bern', 'Rome'].map((city, index) => ({
  type: 'tool_use',
  id: `toolu_0${index}`,
  name: 'weather',
  input: { city },
}));

const anthropic: Provider = {
  kind: 'anthropic',
  answer: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [...thinking, { type: 'text', text: 'I will look.' }, ...toolUses],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 5 },
  },
};

const functionCalls = ['Bern', 'Rome'].map((city, index) => ({
  functionCall: { id: `fc-${index}`, name: 'weather', args: { city } },
  ...(index === 0 && { thoughtSignature: 'CpwBAcu98Pzt+/=' }),
}));

const gemini: Provider = {
  kind: 'gemini',
  answer: {
    candidates: [{ content: { role: 'model', parts: functionCalls }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
    modelVersion: 'm',
    responseId: 'r',
  },
};

const items = [
  {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'Both.' }],
    encrypted_content: 'gAAAAAB+/=',
  },
  ...['Bern', 'Rome'].map((city, index) => ({
    type: 'function_call',
    call_id: `call_${index}`,
    name: 'weather',
    arguments: `{"city":"${city}"}`,
  })),
];

/** OpenAI itself, where models that reason answer with responses. */
const openaiReasoning: Provider = {
  kind: 'openai',
  upstreamModel: 'gpt-6-sol',
  answer: {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'gpt-6-sol',
    output: items.map((item, index) => ({ id: `fc_${index}`, status: 'completed', ...item })),
    usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
  },
};

const openai: Provider = {
  kind: 'openai-compatible',
  answer: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          tool_calls: ['Bern', 'Rome'].map((city, index) => ({
            id: `call_${index}`,
            type: 'function',
            function: { name: 'weather', arguments: `{"city": "${city}"}` },
          })),
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
  },
};

const ways = clients.flatMap((client) =>
  [false, true].map((stream) => [client.dialect.name, stream ? 'streamed' : 'whole', client, stream] as const),
);

describe.each(ways)('%s, %s', (_name, _way, client, stream) => {
  test('Anthropic gets its thinking back, block for block', async () => {
    const { messages } = (await secondTurn(client, stream, anthropic, anthropic)) as { messages: Json[] };
    expect(messages[1]).toEqual({
      role: 'assistant',
      content: [...thinking, { type: 'text', text: 'I will look.' }, ...toolUses],
    });
    const told = (messages[2] as { content: Json[] }).content;
    expect(told.map(({ tool_use_id: id }) => id)).toEqual(['toolu_00', 'toolu_01']);
  });

  test('Gemini gets its signature back, on the call that had it', async () => {
    const { contents } = (await secondTurn(client, stream, gemini, gemini)) as { contents: Json[] };
    expect(contents[1]).toEqual({ role: 'model', parts: functionCalls });
    expect(contents[2]).toMatchObject({
      parts: [
        { functionResponse: { id: 'fc-0', name: 'weather' } },
        { functionResponse: { id: 'fc-1', name: 'weather' } },
      ],
    });
  });

  test('OpenAI gets its encrypted reasoning back, with the calls that followed it', async () => {
    const { input } = (await secondTurn(client, stream, openaiReasoning, openaiReasoning)) as { input: Json[] };
    expect(input.slice(1, 4)).toMatchObject(items);
    expect(input.slice(4)).toMatchObject([
      { type: 'function_call_output', call_id: 'call_0' },
      { type: 'function_call_output', call_id: 'call_1' },
    ]);
  });

  test('an OpenAI-compatible server gets its ids and arguments back, to the letter', async () => {
    const { messages } = (await secondTurn(client, stream, openai, openai)) as { messages: Json[] };
    const ids = ['call_0', 'call_1'];
    const [, assistant, ...told] = messages;
    expect((assistant as { tool_calls: Json[] }).tool_calls.map(({ id }) => id)).toEqual(ids);
    expect(told.map(({ tool_call_id: id, content }) => [id, content])).toEqual(ids.map((id, at) => [id, results[at]]));
  });

  test('none of it reaches another kind of provider', async () => {
    const toGemini = JSON.stringify(await secondTurn(client, stream, anthropic, gemini));
    expect(toGemini).not.toMatch(/hidden|looked up|thought|EqQBCgIY|EmwKAhgB|wb1|__wb_/i);
    const toAnthropic = (await secondTurn(client, stream, gemini, anthropic)) as { messages: Json[] };
    expect(JSON.stringify(toAnthropic)).not.toMatch(/thinking|CpwBAcu9|wb1|__wb_/);
    const [, assistant] = toAnthropic.messages as { content: Json[] }[];
    expect(assistant?.content.map(({ id }) => id)).toEqual(['fc-0', 'fc-1']);
    const toResponses = JSON.stringify(await secondTurn(client, stream, anthropic, openaiReasoning));
    expect(toResponses).not.toMatch(/EqQBCgIY|EmwKAhgB|wb1|__wb_/);
    const toOpenai = JSON.stringify(await secondTurn(client, stream, gemini, openai));
    expect(toOpenai).not.toMatch(/CpwBAcu9|wb1|__wb_/);
  });
});
