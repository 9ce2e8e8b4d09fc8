// Mistral's own client reads the chat completions that we write, and our decoder agrees with it on the same bytes.
import { expect, test } from '@jest/globals';
import { HTTPClient, Mistral } from '@mistralai/mistralai';
import { Call, FinishReason, type Reply, type ReplyPart, ToolChoice_Mode } from '@waybill/contracts';
import { codecFor, foldReply, type StreamFrame, type UpstreamRequest } from '@waybill/providers';
import {
  answering,
  type EdgeBench,
  ending,
  openEdgeBench,
  started,
  text,
  toolArguments,
  toolCall,
} from '../testing/edge-bench.ts';

/** What was made of an answer. */
interface Reading {
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish: string;
  readonly inputTotal: number;
  readonly outputTotal: number;
}

const said: Reading = { text: 'hello world', toolCalls: [], finish: 'stop', inputTotal: 9, outputTotal: 5 };
const calls: Reading = {
  text: '',
  toolCalls: [
    { id: 'a', name: 'weather', arguments: '{"city":"Bern"}' },
    { id: 'b', name: 'weather', arguments: '{"city":"Rome"}' },
  ],
  finish: 'tool_calls',
  inputTotal: 9,
  outputTotal: 5,
};

const answers: readonly (readonly [string, readonly ReplyPart[], Reading])[] = [
  ['text', [started, text('hello '), text('world'), ...ending()], said],
  [
    'tool calls',
    [
      started,
      toolCall(0, 'a', 'weather'),
      toolCall(1, 'b', 'weather'),
      toolArguments(0, '{"city":'),
      toolArguments(1, '{"city":"Rome"}'),
      toolArguments(0, '"Bern"}'),
      ...ending(FinishReason.TOOL_CALLS),
    ],
    calls,
  ],
];

const messages = [{ role: 'user' as const, content: 'say hello' }];
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }];
const asked = { model: 'fast', messages, tools };

/** A client, and what came over its socket. */
function clientOf({ url }: EdgeBench) {
  const seen = { body: '' };
  const httpClient = new HTTPClient({
    async fetcher(input, init) {
      const answer = await fetch(input, init);
      seen.body = await answer.text();
      return new Response(seen.body, { status: answer.status, headers: answer.headers });
    },
  });
  return {
    seen,
    client: new Mistral({ apiKey: 'k', serverURL: `${url}/mistral`, httpClient, retryConfig: { strategy: 'none' } }),
  };
}

async function benchAnswering(parts: readonly ReplyPart[]): Promise<EdgeBench> {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts });
  return bench;
}

test.each(answers)('%s, whole', async (_name, parts, expected) => {
  const { client, seen } = clientOf(await benchAnswering(parts));
  const { choices, usage } = await client.chat.complete(asked);
  const [choice] = choices;
  const theirs: Reading = {
    text: String(choice?.message?.content ?? ''),
    toolCalls: (choice?.message?.toolCalls ?? []).map(({ id, function: called }) => ({
      id: String(id),
      name: called.name,
      arguments: String(called.arguments),
    })),
    finish: choice?.finishReason ?? '',
    inputTotal: usage.promptTokens ?? 0,
    outputTotal: usage.completionTokens ?? 0,
  };
  expect(theirs).toEqual(expected);
  expect(ours(seen.body, false)).toEqual(expected);
});

test.each(answers)('%s, streamed', async (_name, parts, expected) => {
  const { client, seen } = clientOf(await benchAnswering(parts));
  const toolCalls: { id: string; name: string; arguments: string }[] = [];
  const theirs = { text: '', finish: '', inputTotal: 0, outputTotal: 0 };
  for await (const { data } of await client.chat.stream(asked)) {
    const [choice] = data.choices;
    theirs.text += String(choice?.delta.content ?? '');
    theirs.finish = choice?.finishReason ?? theirs.finish;
    theirs.inputTotal = data.usage?.promptTokens ?? theirs.inputTotal;
    theirs.outputTotal = data.usage?.completionTokens ?? theirs.outputTotal;
    for (const { id, index = 0, function: called } of choice?.delta.toolCalls ?? []) {
      toolCalls[index] ??= { id: String(id), name: called.name, arguments: '' };
      toolCalls[index].arguments += String(called.arguments);
    }
  }
  expect({ ...theirs, toolCalls }).toEqual(expected);
  expect(ours(seen.body, true)).toEqual(expected);
});

test('its word for a tool that has to be called is understood', async () => {
  const bench = await openEdgeBench();
  await clientOf(bench).client.chat.complete({ ...asked, toolChoice: 'any' });
  expect(bench.incoming[0]?.call.task?.value).toMatchObject({ toolChoice: { mode: ToolChoice_Mode.REQUIRED } });
});

/** What our decoder makes of the same bytes. */
function ours(body: string, streamed: boolean): Reading {
  const codec = codecFor('mistral')!;
  const call = Call.fromPartial({ model: 'fast', task: { $case: 'chat', value: { stream: streamed } } });
  const request: UpstreamRequest = {
    attemptId: 'call_1:1',
    call,
    upstreamModel: 'fast',
    maxOutputTokens: 99,
    stream: streamed,
    wire: 'chat',
  };
  if (streamed) return readingOf(foldReply(decoded(request, framesIn(body))));
  const reply = codec.decode(request, { status: 200, headers: {}, body: Buffer.from(body) });
  return readingOf(foldReply(reply.ok ? reply.value.parts : []));
}

function framesIn(body: string): StreamFrame[] {
  return body.split('\n').flatMap((line) => (line.startsWith('data: ') ? { event: '', data: line.slice(6) } : []));
}

function decoded(request: UpstreamRequest, frames: readonly StreamFrame[]): readonly ReplyPart[] {
  const { decoder } = codecFor('mistral')!;
  const state = decoder.initial(request, {});
  const parts = frames.flatMap((frame) => decoder.step(state, frame).parts);
  return [...parts, ...decoder.end(state).parts];
}

function readingOf({ content, finish, usage }: Reply): Reading {
  return {
    text: content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join(''),
    toolCalls: content.flatMap(({ part }) =>
      part?.$case === 'toolCall'
        ? [{ id: part.value.id, name: part.value.name, arguments: part.value.argumentsJson }]
        : [],
    ),
    finish: finish?.rawReason ?? '',
    inputTotal: (usage?.inputTokens ?? 0) + (usage?.cacheReadTokens ?? 0),
    outputTotal: (usage?.outputTokens ?? 0) + (usage?.reasoningTokens ?? 0),
  };
}
