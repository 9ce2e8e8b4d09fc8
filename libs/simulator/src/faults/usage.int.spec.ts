// Usage that is wrong on the wire leaves the bill as it was; and the same faults work in every dialect.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../index.ts';
import { exchange } from './raw-exchange.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

const messages = [{ role: 'user', content: 'Tell me about the olive trees of Crete' }];
const contents = [{ parts: [{ text: 'Tell me about the olive trees of Crete' }] }];
const asks = {
  openai: (directives: string) => ({
    path: '/openai/v1/chat/completions',
    body: { model: `m#${directives}`, messages, stream: true, stream_options: { include_usage: true } },
  }),
  anthropic: (directives: string) => ({
    path: '/anthropic/v1/messages',
    body: { model: `m#${directives}`, messages, stream: true, max_tokens: 100 },
  }),
  gemini: (directives: string) => ({
    path: `/gemini/v1beta/models/m%23${directives}:streamGenerateContent?alt=sse`,
    body: { contents },
  }),
  ollama: (directives: string) => ({ path: '/ollama/api/chat', body: { model: `m#${directives}`, messages } }),
  cohere: (directives: string) => ({
    path: '/cohere/v2/chat',
    body: { model: `m#${directives}`, messages, stream: true },
  }),
};
const dialects = Object.keys(asks) as (keyof typeof asks)[];

describe('usage on the wire', () => {
  const told = async (fault: string) => {
    const { body } = await exchange(simulator.url, {
      path: '/v1/chat/completions',
      body: { model: `gpt-4o-mini#usage=${fault}`, messages },
    });
    return JSON.parse(body).usage;
  };

  test('missing, null, empty', async () => {
    expect(await told('missing')).toBeUndefined();
    expect(await told('null')).toBeNull();
    expect(await told('empty')).toEqual({});
  });

  test('strings, negative, fractions, huge, zero', async () => {
    expect((await told('strings')).prompt_tokens).toMatch(/^\d+$/);
    expect((await told('negative')).prompt_tokens).toBeLessThan(0);
    expect((await told('fraction')).prompt_tokens % 1).toBe(0.5);
    expect((await told('huge')).completion_tokens).toBe(1e308);
    expect((await told('zero')).total_tokens).toBe(0);
  });

  test('a total that is no sum, nulls among numbers', async () => {
    const wrong = await told('mismatch');
    expect(wrong.total_tokens).not.toBe(wrong.prompt_tokens + wrong.completion_tokens);
    expect((await told('partial-nulls')).prompt_tokens_details.cached_tokens).toBeNull();
  });

  test('never changes the bill', async () => {
    await told('huge');
    await told('missing');
    await exchange(simulator.url, { path: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages } });
    const { lines } = simulator.bill();
    expect(lines.map((line) => line.usageTold)).toEqual(['altered', 'not-sent', 'sent']);
    expect(new Set(lines.map((line) => line.amountPicoUsd)).size).toBe(1);
  });

  test('cache classes and tiers on demand', async () => {
    const model = 'gpt-4o#input=5000&cached=4000&tier=priority';
    const { body } = await exchange(simulator.url, { path: '/v1/chat/completions', body: { model, messages } });
    const { usage, service_tier } = JSON.parse(body);
    expect(service_tier).toBe('priority');
    expect(usage).toMatchObject({ prompt_tokens: 5000, prompt_tokens_details: { cached_tokens: 4000 } });
    const { lines } = simulator.bill();
    expect(lines[0]?.amountPicoUsd).toBe(
      1000n * 4_250_000n + 4000n * 2_125_000n + BigInt(usage.completion_tokens) * 17_000_000n,
    );
  });
});

describe.each(dialects)('%s', (dialect) => {
  test('a whole stream is billed in full', async () => {
    const { ending } = await exchange(simulator.url, asks[dialect]('output=40&reasoning=8'));
    expect(ending).toBe('end');
    const [line] = simulator.bill().lines;
    expect(line).toMatchObject({ dialect, outcome: 'complete', tokensGenerated: 48, usageTold: 'sent' });
  });

  test('bytes one by one are the same stream', async () => {
    const withoutIds = (body: string) => body.replace(/sim\w{10,}|"created_at":"[^"]+"|"created":\d+/g, '');
    const whole = await exchange(simulator.url, asks[dialect]('output=12'));
    const split = await exchange(simulator.url, asks[dialect]('output=12&split=1'));
    expect(withoutIds(split.body)).toBe(withoutIds(whole.body));
    expect(split.chunks.length).toBeGreaterThan(whole.chunks.length);
  });

  test('a reset after a few frames, an error frame, a rate limit', async () => {
    expect((await exchange(simulator.url, asks[dialect]('fault=reset-after:2'))).ending).toBe('ECONNRESET');
    expect((await exchange(simulator.url, asks[dialect]('fault=error-frame:2'))).body).toContain('"error"');
    const refused = await exchange(simulator.url, asks[dialect]('fault=rate-limit'));
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body)).toHaveProperty(dialect === 'cohere' ? 'message' : 'error');
    const outcomes = simulator.bill().lines.map((line) => line.outcome);
    expect(outcomes.toSorted()).toEqual(['cut', 'cut', 'refused']);
  });

  test('the same question gets the same answer from another simulator with the same seed', async () => {
    const text = (body: string) =>
      [...body.matchAll(/"(?:text|content)":"([^"]*)"/g)].map((match) => match[1]).join('');
    const other = await startSimulator();
    const different = await startSimulator({ seed: 99 });
    const [first, second, third] = await Promise.all(
      [simulator, other, different].map(async ({ url }) => text((await exchange(url, asks[dialect](''))).body)),
    );
    await Promise.all([other.close(), different.close()]);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

describe('retry hints', () => {
  const refused = (dialect: keyof typeof asks, fault: string) =>
    exchange(simulator.url, asks[dialect](`fault=${fault}`));

  test('in headers', async () => {
    expect((await refused('openai', 'rate-limit:seconds:7')).headers['retry-after']).toBe('7');
    expect((await refused('openai', 'rate-limit:milliseconds:2')).headers['retry-after-ms']).toBe('2000');
    expect((await refused('openai', 'rate-limit:reset:366')).headers['x-ratelimit-reset-requests']).toBe('6m6s');
    const { headers } = await refused('anthropic', 'rate-limit:date:60');
    expect(Date.parse(String(headers['retry-after']))).toBeGreaterThan(Date.now() + 50_000);
    const reset = (await refused('anthropic', 'rate-limit:reset:60')).headers['anthropic-ratelimit-requests-reset'];
    expect(Date.parse(String(reset))).toBeGreaterThan(Date.now() + 50_000);
  });

  test('that no client should obey', async () => {
    expect((await refused('openai', 'rate-limit:negative')).headers['retry-after']).toBe('-1');
    expect((await refused('openai', 'rate-limit:absurd')).headers['retry-after']).toBe('1000000000000');
    expect((await refused('openai', 'rate-limit:garbled')).headers['retry-after']).toBe('soon');
    expect((await refused('openai', 'rate-limit:none')).headers['retry-after']).toBeUndefined();
  });

  test("in Gemini's body, where a day's quota has none", async () => {
    expect((await refused('gemini', 'rate-limit:seconds:26')).body).toContain('"retryDelay":"26s"');
    const perDay = (await refused('gemini', 'rate-limit:per-day')).body;
    expect(perDay).toContain('PerDay');
    expect(perDay).not.toContain('retryDelay');
  });
});
