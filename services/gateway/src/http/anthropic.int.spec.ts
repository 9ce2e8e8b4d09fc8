// Anthropic's own client as the judge of what we write and understand.
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import { type CountTokensRequest, FinishReason, Role } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import {
  answering,
  configuredKey,
  type EdgeBench,
  ending,
  openEdgeBench,
  part,
  started,
  teamKey,
  text,
  toolArguments,
  toolCall,
} from '../testing/edge-bench.ts';

const hello = { model: 'careful', max_tokens: 64, messages: [{ role: 'user' as const, content: 'say hello' }] };

function clientOf({ url }: EdgeBench, apiKey = 'whatever'): Anthropic {
  return new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
}

async function errorOf(work: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Anthropic.APIError) return thrown;
  throw new Error(`expected an APIError, got ${thrown}`);
}

const reasoning = (fields: object) => part({ part: { $case: 'reasoning', value: fields } });

/** Thinking, text, and two tool calls that grow at the same time. */
const everything = [
  started,
  reasoning({ text: 'let me ' }),
  reasoning({ text: 'see' }),
  reasoning({ signature: 'signed' }),
  text('I will '),
  text('look'),
  toolCall(0, 'a', 'weather'),
  toolArguments(0, '{"city":'),
  toolCall(1, 'b', 'clock'),
  toolArguments(1, '{"zone":'),
  toolArguments(0, '"Bern"}'),
  toolArguments(1, '"CET"}'),
  ...ending(FinishReason.TOOL_CALLS),
];

const everythingRead = [
  { type: 'thinking', thinking: 'let me see', signature: 'signed' },
  { type: 'text', text: 'I will look', citations: null },
  { type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Bern' } },
  { type: 'tool_use', id: 'b', name: 'clock', input: { zone: 'CET' } },
];

test('an answer that is not streamed is read by the SDK', async () => {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts: everything });
  const { data, response } = await clientOf(bench).messages.create(hello).withResponse();
  expect(data).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'tool_use', stop_sequence: null });
  expect(data.content).toEqual(everythingRead);
  expect(data.usage).toMatchObject({ input_tokens: 7, cache_read_input_tokens: 2, output_tokens: 5 });
  expect(response.headers.get('x-waybill-cost-usd')).toBe('0.0005253');
});

test('a streamed answer is put together by the SDK to the same message', async () => {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts: everything });
  const message = await clientOf(bench).messages.stream(hello).finalMessage();
  expect(message.content).toEqual(everythingRead);
  expect(message).toMatchObject({ stop_reason: 'tool_use', usage: { input_tokens: 7, output_tokens: 5 } });
});

test('blocks of a stream are opened and closed one after the other', async () => {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts: everything });
  const events: string[] = [];
  for await (const event of await clientOf(bench).messages.create({ ...hello, stream: true })) {
    const index = 'index' in event ? ` ${event.index}` : '';
    if (event.type !== 'content_block_delta') events.push(`${event.type}${index}`);
  }
  const blocks = [0, 1, 2, 3].flatMap((index) => [`content_block_start ${index}`, `content_block_stop ${index}`]);
  expect(events).toEqual(['message_start', ...blocks, 'message_delta', 'message_stop']);
});

test('a stream that breaks off ends with an error event and without message_stop', async () => {
  const bench = await openEdgeBench();
  const parts = (async function* () {
    yield text('hel');
    throw new FaultError(fault('unavailable', 'the provider is overloaded'));
  })();
  bench.conduct = async (incoming) => answering(incoming, { parts });
  const seen: string[] = [];
  const read = async () => {
    for await (const event of await clientOf(bench).messages.create({ ...hello, stream: true })) seen.push(event.type);
  };
  const error = await errorOf(read());
  expect(error.type).toBe('overloaded_error');
  expect(seen).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
});

test('a request becomes a call with its system prompt, tools, results and pictures', async () => {
  const bench = await openEdgeBench();
  await clientOf(bench).messages.create({
    ...hello,
    system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    tools: [{ name: 'weather', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    metadata: { user_id: 'bertram' },
    messages: [
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Bern' } }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'sunny' },
          { type: 'text', text: 'and now?' },
        ],
      },
    ],
  });
  const chat = bench.incoming[0]?.call.task?.value;
  expect(bench.incoming[0]).toMatchObject({ dialect: 'anthropic.messages', call: { endUser: 'u_default_7' } });
  expect(chat).toMatchObject({
    maxOutputTokens: 64,
    parallelToolCalls: false,
    toolChoice: { mode: 3 },
    messages: [
      { role: 1, parts: [{ part: { value: { text: 'be brief' } }, cacheBreakpoint: { timeToLive: '1h' } }] },
      { role: 2, parts: [{ part: { $case: 'image', value: { mediaType: 'image/png' } } }] },
      { role: 3, parts: [{ part: { $case: 'toolCall', value: { argumentsJson: '{"city":"Bern"}' } } }] },
      { role: 4, parts: [{ part: { $case: 'toolResult', value: { toolCallId: 'a', name: 'weather' } } }] },
      { role: 2, parts: [{ part: { value: { text: 'and now?' } } }] },
    ],
  });
});

describe('what cannot be served', () => {
  const kinds = [
    ['invalid', Anthropic.BadRequestError, 'invalid_request_error'],
    ['unauthenticated', Anthropic.AuthenticationError, 'authentication_error'],
    ['forbidden', Anthropic.PermissionDeniedError, 'permission_error'],
    ['not_found', Anthropic.NotFoundError, 'not_found_error'],
    ['conflict', Anthropic.ConflictError, 'conflict_error'],
    ['limited', Anthropic.RateLimitError, 'rate_limit_error'],
    ['internal', Anthropic.InternalServerError, 'api_error'],
  ] as const;

  test.each(kinds)('%s is the error class that the SDK has for it', async (kind, expected, type) => {
    const bench = await openEdgeBench();
    bench.conduct = () => Promise.reject(new FaultError(fault(kind, 'no', { details: { call_id: 'call_2' } })));
    const error = await errorOf(clientOf(bench).messages.create(hello));
    expect(error).toBeInstanceOf(expected);
    expect(error.error).toMatchObject({ type: 'error', error: { type }, request_id: 'call_2' });
  });

  test('a missing max_tokens is named', async () => {
    const bench = await openEdgeBench();
    const { max_tokens: _, ...rest } = hello;
    const error = await errorOf(clientOf(bench).messages.create(rest as typeof hello));
    expect(error.message).toContain('max_tokens is missing; give a number');
  });
});

test('a key is read from x-api-key and from a bearer token', async () => {
  const bench = await openEdgeBench({ callers: 'keys', keys: [configuredKey()] });
  for (const headers of [{ 'x-api-key': teamKey }, { authorization: `Bearer ${teamKey}` }]) {
    const response = await fetch(`${bench.url}/v1/messages`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(hello),
    });
    expect(response.status).toBe(200);
  }
  expect(await errorOf(clientOf(bench, 'wrong').messages.create(hello))).toBeInstanceOf(Anthropic.AuthenticationError);
});

test('models are listed as the SDK expects', async () => {
  const listed = await clientOf(await openEdgeBench()).models.list();
  expect(listed.data.map(({ id, type }) => [id, type])).toEqual([
    ['fast', 'model'],
    ['vendor/model', 'model'],
  ]);
});

/** A provider that counts 41 tokens in any prompt. */
function counting(asked: CountTokensRequest[]) {
  const countTokens = async (request: CountTokensRequest) => {
    asked.push(request);
    return { inputTokens: 41 };
  };
  const none = async () => ({ providers: [] });
  return { countTokens, listProviders: none, listUpstreamModels: none };
}

describe('counting the tokens of a prompt', () => {
  const prompt = {
    model: 'fast',
    system: 'be brief',
    messages: [{ role: 'user' as const, content: 'say hello' }],
    tools: [{ name: 'look', input_schema: { type: 'object' as const } }],
  };

  test('is left to the provider that would be asked first', async () => {
    const asked: CountTokensRequest[] = [];
    const bench = await openEdgeBench({ neighbours: { providers: counting(asked) } });
    const { data, response } = await clientOf(bench).messages.countTokens(prompt).withResponse();
    expect(data).toEqual({ input_tokens: 41 });
    expect(response.headers.get('x-waybill-warnings')).toBeNull();
    expect(asked[0]).toMatchObject({
      providerId: 'sim',
      upstreamModel: 'fast-2026',
      call: { task: { value: { messages: [{ role: Role.SYSTEM }, { role: Role.USER }], tools: [{ name: 'look' }] } } },
    });
    expect(bench.incoming).toEqual([]);
  });

  test('is an estimate that says so where the provider cannot be asked', async () => {
    const countTokens = async () => ({ inputTokens: undefined });
    const none = async () => ({ providers: [] });
    const providers = { countTokens, listProviders: none, listUpstreamModels: none };
    const bench = await openEdgeBench({ neighbours: { providers } });
    const { data, response } = await clientOf(bench).messages.countTokens(prompt).withResponse();
    expect(data.input_tokens).toBeGreaterThan(5);
    expect(response.headers.get('x-waybill-warnings')).toBe('input_tokens is an estimate: sim cannot be asked');
  });

  test('is of the default model where none is named, and an error where there is none', async () => {
    const { model: _model, ...nameless } = prompt;
    const count = async (settings: Parameters<typeof openEdgeBench>[0]) => {
      const { url } = await openEdgeBench({ neighbours: { providers: counting([]) }, ...settings });
      const headers = { 'content-type': 'application/json' };
      return fetch(`${url}/v1/messages/count_tokens`, { method: 'POST', headers, body: JSON.stringify(nameless) });
    };
    const counted = await count({ defaultModel: 'fast' });
    expect([counted.status, await counted.json()]).toEqual([200, { input_tokens: 41 }]);
    const refused = await count({});
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', message: 'model is missing; give a string' } },
    ]);
  });

  test('counts what a preset adds', async () => {
    const asked: CountTokensRequest[] = [];
    const preset = { name: 'helper', description: '', model: 'fast', temperature: undefined, maxTokens: undefined };
    const presets = [{ ...preset, systemPrompt: 'You help.', tools: [] }];
    const bench = await openEdgeBench({ neighbours: { providers: counting(asked) }, presets });
    await clientOf(bench).messages.countTokens({ ...prompt, model: 'helper' });
    expect(asked[0]?.call?.task?.value).toMatchObject({
      messages: [
        { role: Role.SYSTEM, parts: [{ part: { value: { text: 'You help.' } } }] },
        { role: Role.SYSTEM },
        { role: Role.USER },
      ],
    });
  });

  test('of a model that is not there is 404', async () => {
    const rank = () => Promise.reject(new FaultError(fault('not_found', 'there is no model none')));
    const bench = await openEdgeBench({ neighbours: { selector: { rank, listModels: async () => ({ models: [] }) } } });
    const wrong = clientOf(bench).messages.countTokens({ ...prompt, model: 'none' });
    await expect(wrong).rejects.toMatchObject({ status: 404, error: { error: { type: 'not_found_error' } } });
  });

  test('needs a key where calls do, and a prompt', async () => {
    const closed = await openEdgeBench({ callers: 'keys', keys: [configuredKey()] });
    await expect(clientOf(closed).messages.countTokens(prompt)).rejects.toMatchObject({ status: 401 });
    const wrong = clientOf(await openEdgeBench()).messages.countTokens({ ...prompt, messages: [] });
    await expect(wrong).rejects.toMatchObject({ status: 400, error: { type: 'error' } });
  });
});
