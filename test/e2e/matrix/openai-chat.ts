// OpenAI's chat completions through the official SDK, and their legacy completions.
import OpenAI from 'openai';
import type { World } from '../world.ts';
import { type Asked, type Driver, features, gatherCalls, type Seen, toldIn } from './asked.ts';

type Message = OpenAI.ChatCompletionMessageParam;

export function openAiClient({ url, key }: World): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
}

export function openAiChat(world: World): Driver {
  const client = openAiClient(world);
  const ask = (asked: Asked, messages: readonly Message[]) =>
    asked.stream ? askStreamed(client, asked, messages) : askWhole(client, asked, messages);
  return {
    name: '`/v1/chat/completions`',
    client: 'openai',
    tellsReasoning: true,
    features,
    ask: (asked) => ask(asked, [questionOf(asked)]),
  };
}

function questionOf({ question, picture }: Asked): Message {
  if (picture === undefined) return { role: 'user', content: question };
  const image_url = { url: `data:image/png;base64,${picture}` };
  return {
    role: 'user',
    content: [
      { type: 'text', text: question },
      { type: 'image_url', image_url },
    ],
  };
}

function bodyOf({ model, tools, parallel, schema, thinks }: Asked, messages: readonly Message[]) {
  const format = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } as const;
  return {
    model,
    messages: [...messages],
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
    ...(schema && { response_format: format as OpenAI.ResponseFormatJSONSchema }),
    ...(thinks && { reasoning_effort: 'low' as const }),
  };
}

function toolOf({ name, schema }: Asked['tools'][number]): OpenAI.ChatCompletionFunctionTool {
  return { type: 'function', function: { name, parameters: schema } };
}

async function askWhole(client: OpenAI, asked: Asked, messages: readonly Message[]): Promise<Seen> {
  const { data, response } = await client.chat.completions.create(bodyOf(asked, messages)).withResponse();
  const message = data.choices[0]!.message;
  const calls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function' ? [{ id: call.id, name: call.function.name, argumentsJson: call.function.arguments }] : [],
  );
  return {
    ...toldIn(response.headers),
    ...usageOf(data.usage),
    text: message.content ?? '',
    pieces: 0,
    calls,
    goOn: (result) => askWhole(client, asked, [...messages, message as Message, ...resultsOf(calls, result)]),
  };
}

async function askStreamed(client: OpenAI, asked: Asked, messages: readonly Message[]): Promise<Seen> {
  const body = { ...bodyOf(asked, messages), stream: true, stream_options: { include_usage: true } } as const;
  const { data, response } = await client.chat.completions.create(body).withResponse();
  const { text, pieces, calls, usage } = await gather(data);
  const tool_calls = calls.map(({ id, name, argumentsJson }) => ({
    ...{ id, type: 'function' as const, function: { name, arguments: argumentsJson } },
  }));
  const message: Message = { role: 'assistant', content: text || null, ...(calls.length > 0 && { tool_calls }) };
  return {
    ...toldIn(response.headers),
    ...usageOf(usage),
    ...{ text, pieces, calls },
    goOn: (result) => askWhole(client, asked, [...messages, message, ...resultsOf(calls, result)]),
  };
}

async function gather(chunks: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const { calls, add } = gatherCalls();
  let text = '';
  let pieces = 0;
  let finish: string | null | undefined;
  let usage: OpenAI.CompletionUsage | undefined;
  for await (const { choices, usage: counted } of chunks) {
    const delta = choices[0]?.delta;
    text += delta?.content ?? '';
    if (delta?.content) pieces += 1;
    for (const { index, id, function: target } of delta?.tool_calls ?? []) {
      if (target?.arguments) pieces += 1;
      add(index, { id, name: target?.name, fragment: target?.arguments });
    }
    finish ??= choices[0]?.finish_reason;
    usage ??= counted ?? undefined;
  }
  if (!finish) throw new Error('a stream without a finish reason');
  return { text, pieces, calls, usage };
}

function resultsOf(calls: Seen['calls'], result: string): Message[] {
  return calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: result }));
}

export function usageOf(usage: OpenAI.CompletionUsage | undefined) {
  return {
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
    showsReasoning: (usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0,
  };
}

export function openAiCompletions(world: World): Driver {
  const client = openAiClient(world);
  return {
    name: '`/v1/completions`',
    client: 'openai',
    tellsReasoning: true,
    features: ['text', 'stream', 'usage'],
    ask: (asked) => (asked.stream ? completeStreamed(client, asked) : completeWhole(client, asked)),
  };
}

async function completeWhole(client: OpenAI, { model, question: prompt }: Asked): Promise<Seen> {
  const { data, response } = await client.completions.create({ model, prompt }).withResponse();
  return { ...toldIn(response.headers), ...usageOf(data.usage), text: data.choices[0]!.text, pieces: 0, calls: [] };
}

async function completeStreamed(client: OpenAI, { model, question: prompt }: Asked): Promise<Seen> {
  const body = { model, prompt, stream: true, stream_options: { include_usage: true } } as const;
  const { data, response } = await client.completions.create(body).withResponse();
  let text = '';
  let pieces = 0;
  let finish: string | null | undefined;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of data) {
    text += chunk.choices[0]?.text ?? '';
    if (chunk.choices[0]?.text) pieces += 1;
    finish ??= chunk.choices[0]?.finish_reason;
    usage ??= chunk.usage;
  }
  if (!finish) throw new Error('a stream without a finish reason');
  return { ...toldIn(response.headers), ...usageOf(usage ?? undefined), text, pieces, calls: [] };
}
