// A provider's stream that breaks off, in every dialect that streams: what came is with the caller, an error comes last,
// and nothing that ends a success. Also calls that fail before anything came, within the bounds that their caller set.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { post } from './calls/curl.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

const faults = {
  ended: 'end-after:9',
  reset: 'reset-after:9',
  'cut-frame': 'cut-frame:9',
  malformed: 'malformed-frame:9',
  'error-frame': 'error-frame:9',
  unterminated: 'no-terminator',
} as const;

const messages = [{ role: 'user', content: 'Why is the sky blue?' }];

/** By path: the request, and what ends a success. */
const dialects = {
  '/v1/chat/completions': { body: { messages }, success: /\[DONE\]|"finish_reason":"/ },
  '/v1/completions': { body: { prompt: 'Why is the sky blue?' }, success: /\[DONE\]|"finish_reason":"/ },
  '/v1/responses': { body: { input: messages }, success: /response\.(completed|incomplete)/ },
  '/v1/messages': { body: { messages, max_tokens: 200 }, success: /message_stop|"stop_reason":"/ },
  '/api/ai/chat': { body: { messages }, success: /\[DONE\]|"finishReason":"/ },
} as const;

let world: StandaloneWorld;

beforeAll(async () => {
  const brokenModels = Object.fromEntries(
    Object.entries(faults).map(([id, fault]) => [id, `output=60&fault=${fault}`]),
  );
  // A model for each test: what one of them fails is not held against the next.
  const away = Object.fromEntries([1, 2, 3].map((attempts) => [`away-${attempts}`, 'fault=unavailable']));
  const silent = { stalled: 'fault=stall', ...away };
  world = await startWorld({ brokenModels: { ...brokenModels, ...silent }, idleMs: 2_000 });
});

afterAll(() => world?.stop());

describe.each(Object.entries(dialects))('%s', (path, { body, success }) => {
  test.each(Object.keys(faults))('a stream that is %s', async (model) => {
    const { status, headers, text } = await post(world, path, { model, stream: true, ...body });
    expect(status).toBe(200);
    expect(headers.get('x-waybill-attempts')).toBe('1');
    expect(text).not.toMatch(success);
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(last).toContain('error');
    expect(last).toContain(headers.get('x-waybill-call-id'));
  });
});

describe('/api/generate', () => {
  const task = { prompt: 'Read a file.' };

  test('ends when the caller said, long before the provider would have to', async () => {
    const { status, text } = await post(world, '/api/generate', { ...task, ai_model: 'stalled', timeout: 0.5 });
    expect(status).toBe(504);
    expect(JSON.parse(text)).toMatchObject({
      success: false,
      metadata: { attempts: 1 },
      errors: [{ code: 'timeout' }],
    });
  });

  test.each([
    [{}, 3],
    [{ retry_config: { max_attempts: 2 } }, 2],
    [{ retry_config: { max_attempts: 1 } }, 1],
  ])('with %j asks %i times', async (fields, attempts) => {
    const ai_model = `away-${attempts}`;
    const { status, text } = await post(world, '/api/generate', { ...task, ai_model, ...fields });
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ success: false, metadata: { attempts } });
  });
});

test('the books add up after all of that', async () => {
  expect(await world.waybill(['audit'])).toMatchObject({ code: 0 });
});
