// OpenAI's own client as the judge of what we write and understand.
import { describe, expect, test } from '@jest/globals';
import { FinishReason } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import OpenAI from 'openai';
import {
  answering,
  configuredKey,
  type EdgeBench,
  ending,
  openEdgeBench,
  started,
  teamKey,
  text,
  toolArguments,
  toolCall,
} from '../testing/edge-bench.ts';

const hello = { model: 'fast', messages: [{ role: 'user' as const, content: 'say hello' }] };

function clientOf({ url }: EdgeBench, apiKey = 'whatever'): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

async function errorOf(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof OpenAI.APIError) return thrown;
  throw new Error(`expected an APIError, got ${thrown}`);
}

describe('an answer that is not streamed', () => {
  test('is read by the SDK, with usage and the headers that say how it went', async () => {
    const bench = await openEdgeBench();
    const { data, response } = await clientOf(bench).chat.completions.create(hello).withResponse();
    expect(data.choices[0]).toEqual({
      index: 0,
      message: { role: 'assistant', content: 'hello world', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    });
    expect(data).toMatchObject({ id: 'chatcmpl-call_1', object: 'chat.completion', model: 'fast-2026' });
    expect(data.usage).toMatchObject({
      prompt_tokens: 9,
      completion_tokens: 5,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 1 },
    });
    const headers = Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('x-waybill')));
    expect(headers).toEqual({
      'x-waybill-call-id': 'call_1',
      'x-waybill-model': 'fast',
      'x-waybill-provider': 'sim',
      'x-waybill-attempts': '1',
      'x-waybill-overhead-ms': '0.420',
      'x-waybill-cost-usd': '0.0005253',
      'x-waybill-simulated': 'true',
    });
  });

  test('can be tool calls, in parallel', async () => {
    const bench = await openEdgeBench();
    const parts = [
      started,
      toolCall(0, 'a', 'weather'),
      toolCall(1, 'b', 'weather'),
      toolArguments(1, '{"city":"Rome"}'),
      toolArguments(0, '{"city":'),
      toolArguments(0, '"Bern"}'),
      ...ending(FinishReason.TOOL_CALLS),
    ];
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const answer = await clientOf(bench).chat.completions.create(hello);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
          { id: 'b', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
        ],
      },
    });
  });

  test('has no usage where the figures are unknown', async () => {
    const bench = await openEdgeBench();
    bench.conduct = async (incoming) => answering(incoming, { parts: [started, text('hi'), ending()[1]!] });
    expect((await clientOf(bench).chat.completions.create(hello)).usage).toBeUndefined();
  });
});

describe('a streamed answer', () => {
  test('is put together by the SDK, with usage and cost in its last frame', async () => {
    const bench = await openEdgeBench();
    const stream = await clientOf(bench).chat.completions.create({
      ...hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('hello world');
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 5 },
      x_waybill: { call_id: 'call_1', cost_usd: '0.0005253' },
    });
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
  });

  test('ends with [DONE], and has no usage frame unless it is asked for', async () => {
    const bench = await openEdgeBench();
    const body = JSON.stringify({ ...hello, stream: true });
    const response = await fetch(`${bench.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const sent = await response.text();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-waybill-call-id')).toBe('call_1');
    expect(sent.endsWith('"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')).toBe(true);
    expect(sent).not.toContain('usage');
  });

  test('can be tool calls', async () => {
    const bench = await openEdgeBench();
    const parts = [
      started,
      toolCall(0, 'a', 'weather'),
      toolArguments(0, '{"city":'),
      toolArguments(0, '"Bern"}'),
      ...ending(FinishReason.TOOL_CALLS),
    ];
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const final = await clientOf(bench).chat.completions.stream(hello).finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: 'a',
      function: { name: 'weather', arguments: '{"city":"Bern"}' },
    });
  });

  test('that breaks off ends with an error and without [DONE]', async () => {
    const bench = await openEdgeBench();
    bench.conduct = async (incoming) => answering(incoming, { parts: breakingOff() });
    const stream = await clientOf(bench).chat.completions.create({ ...hello, stream: true });
    let seen = '';
    const error = await errorOf(
      (async () => {
        for await (const chunk of stream) seen += chunk.choices[0]?.delta.content ?? '';
      })(),
    );
    expect(seen).toBe('hel');
    expect(error.error).toMatchObject({ type: 'server_error', details: { call_id: 'call_1' } });
    const response = await fetch(`${bench.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...hello, stream: true }),
    });
    expect(await response.text()).not.toContain('[DONE]');
  });

  test('that breaks off before anything shows is an error with a status', async () => {
    const bench = await openEdgeBench();
    const parts = (async function* () {
      yield started;
      throw new FaultError(fault('timeout', 'nothing came'));
    })();
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const error = await errorOf(clientOf(bench).chat.completions.create({ ...hello, stream: true }));
    expect(error.status).toBe(504);
    expect(error.headers?.get('x-waybill-call-id')).toBe('call_1');
  });

  test('without a finish is not taken for a success', async () => {
    const bench = await openEdgeBench();
    bench.conduct = async (incoming) => answering(incoming, { parts: [started, text('hel')] });
    const stream = await clientOf(bench).chat.completions.create({ ...hello, stream: true });
    const read = async () => {
      for await (const _chunk of stream) {
        // Read to its end.
      }
    };
    expect((await errorOf(read())).message).toContain('ended before it was complete');
  });
});

async function* breakingOff() {
  yield started;
  yield text('hel');
  throw new FaultError(fault('upstream', 'the provider broke off'));
}

describe('what cannot be served', () => {
  const kinds = [
    ['invalid', OpenAI.BadRequestError],
    ['unauthenticated', OpenAI.AuthenticationError],
    ['forbidden', OpenAI.PermissionDeniedError],
    ['not_found', OpenAI.NotFoundError],
    ['conflict', OpenAI.ConflictError],
    ['limited', OpenAI.RateLimitError],
    ['unavailable', OpenAI.InternalServerError],
    ['timeout', OpenAI.InternalServerError],
    ['upstream', OpenAI.InternalServerError],
    ['internal', OpenAI.InternalServerError],
  ] as const;

  test.each(kinds)('%s is the error class that the SDK has for it', async (kind, expected) => {
    const bench = await openEdgeBench();
    bench.conduct = () => Promise.reject(new FaultError(fault(kind, 'no', { details: { call_id: 'call_2' } })));
    const error = await errorOf(clientOf(bench).chat.completions.create(hello));
    expect(error).toBeInstanceOf(expected);
    expect(error.headers?.get('x-waybill-call-id')).toBe('call_2');
  });

  test('a limit is named, with when to try again', async () => {
    const bench = await openEdgeBench();
    const details = { limit: 'acme-rpm', limit_kind: 'requests', used: '600', held: '0', free: '0' };
    bench.conduct = () => Promise.reject(new FaultError(fault('limited', 'too many', { details, retryAfterMs: 40 })));
    const error = await errorOf(clientOf(bench).chat.completions.create(hello));
    expect(error.code).toBe('rate_limit_exceeded');
    expect(error.headers?.get('retry-after')).toBe('1');
    expect(error.headers?.get('x-waybill-limit')).toBe('acme-rpm');
    expect(error.headers?.get('x-should-retry')).toBeNull();
    expect(error.error).toMatchObject({ details });
  });

  test('a budget that will not have room soon tells the SDK not to try again', async () => {
    const bench = await openEdgeBench();
    const details = { limit: 'acme-monthly', limit_kind: 'budget' };
    let calls = 0;
    bench.conduct = () => {
      calls += 1;
      return Promise.reject(new FaultError(fault('limited', 'spent', { details, retryAfterMs: 86_400_000 })));
    };
    const client = new OpenAI({ baseURL: `${bench.url}/v1`, apiKey: 'x', maxRetries: 2 });
    expect((await errorOf(client.chat.completions.create(hello))).code).toBe('insufficient_quota');
    expect(calls).toBe(1);
  });

  test('a stack trace never reaches the client', async () => {
    const bench = await openEdgeBench();
    bench.conduct = () => Promise.reject(new TypeError('secret inside at /srv/file.ts'));
    const error = await errorOf(clientOf(bench).chat.completions.create(hello));
    expect(error.status).toBe(500);
    expect(JSON.stringify(error.error)).not.toMatch(/secret|file\.ts|TypeError/);
  });
});

describe('who calls', () => {
  test('a key is asked for once one is configured', async () => {
    const bench = await openEdgeBench({ callers: 'keys', keys: [configuredKey()] });
    expect(await errorOf(clientOf(bench, 'wrong').chat.completions.create(hello))).toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    await clientOf(bench, teamKey).chat.completions.create(hello);
    expect(bench.incoming.map(({ attribution }) => attribution)).toEqual([
      { tenantId: 'acme', projectId: 'search', keyId: 'team-a', user: '', agentType: '', runId: '', tags: [] },
    ]);
  });

  test('what headers say is handed on, users as pseudonyms', async () => {
    const bench = await openEdgeBench();
    const headers = {
      'x-waybill-user': 'ann',
      'x-waybill-agent-type': 'coder',
      'x-waybill-run': 'run-7',
      'x-waybill-tags': 'a, b',
      'x-waybill-max-cost-usd': '0.05',
      'idempotency-key': 'once',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    await clientOf(bench).chat.completions.create({ ...hello, user: 'bertram' }, { headers });
    const [incoming] = bench.incoming;
    expect(incoming).toMatchObject({
      dialect: 'openai.chat',
      idempotencyKey: 'once',
      maxCostPicoUsd: 50_000_000_000n,
      traceHeaders: { traceparent: headers.traceparent },
      attribution: { user: 'u_default_3', agentType: 'coder', runId: 'run-7', tags: ['a', 'b'] },
      call: { endUser: 'u_default_7' },
    });
    expect(JSON.stringify(incoming, (_, value) => String(value))).not.toMatch(/ann|bertram/);
  });

  test.each([
    ['x-waybill-max-cost-usd', 'lots'],
    ['x-waybill-max-cost-usd', '99999999999'],
    ['idempotency-key', 'a b'],
    ['x-waybill-tags', 'x,'.repeat(20)],
    ['x-waybill-priority', 'high'],
  ])('a wrong %s is refused by name', async (header, value) => {
    const bench = await openEdgeBench();
    const error = await errorOf(clientOf(bench).chat.completions.create(hello, { headers: { [header]: value } }));
    expect(error.status).toBe(400);
    expect(error.param).toBe(header);
    expect(bench.incoming).toEqual([]);
  });

  test('what is ignored is said in a header', async () => {
    const bench = await openEdgeBench();
    const request = { ...hello, store: true, metadata: { a: 'b' }, logprobs: false };
    const headers = { 'x-waybill-priority': '1' };
    const { response } = await clientOf(bench).chat.completions.create(request, { headers }).withResponse();
    expect(response.headers.get('x-waybill-warnings')).toBe(
      'store is not supported and was ignored; metadata is not supported and was ignored; ' +
        'x-waybill-priority was ignored: calls do not wait in a queue',
    );
  });
});

test('models are listed and shown, also those with a slash in their name', async () => {
  const client = clientOf(await openEdgeBench());
  const listed = await client.models.list();
  expect(listed.data.map(({ id, owned_by }) => [id, owned_by])).toEqual([
    ['fast', 'sim'],
    ['vendor/model', 'sim'],
  ]);
  expect((await client.models.retrieve('vendor/model')).id).toBe('vendor/model');
  expect((await errorOf(client.models.retrieve('none'))).code).toBe('model_not_found');
});
