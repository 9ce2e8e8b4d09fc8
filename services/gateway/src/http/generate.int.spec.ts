// POST /api/generate and POST /v1/completions.
import { describe, expect, test } from '@jest/globals';
import { Role } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import OpenAI from 'openai';
import { answering, type EdgeBench, ending, openEdgeBench, started, text } from '../testing/edge-bench.ts';

const task = {
  ai_model: 'fast',
  task_id: 'B',
  language: 'python',
  temperature: 0.7,
  max_tokens: 2048,
  prompt: 'Read a file.',
  system_message: 'You are an expert.',
  timeout: 60,
  retry_config: { max_attempts: 3, backoff_strategy: 'exponential', backoff_factor: 2 },
};

function generate({ url }: EdgeBench, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-waybill-tags': 'nightly' };
  return fetch(`${url}/api/generate`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('a task', () => {
  test('is answered with code, and what it took', async () => {
    const bench = await openEdgeBench();
    const parts = [started, text('Here:\n```python\nimport json\n```\n'), ...ending()];
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const answer = await generate(bench, task);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-waybill-warnings')).toBeNull();
    expect(await answer.json()).toEqual({
      success: true,
      ai_model: 'fast',
      model_version: 'fast-2026',
      code: 'import json\n',
      text: 'Here:\n```python\nimport json\n```\n',
      metadata: {
        tokens_used: { input: 9, output: 5 },
        cost: 0.0005253,
        api_provider: 'sim',
        timestamp: '2026-11-18T11:06:40Z',
        latency_ms: 1_250,
        attempts: 1,
        call_id: 'call_1',
        finish_reason: 'done',
        warnings: [],
      },
      errors: [],
    });
  });

  test('says what it is, how long it may take and how often it may be tried', async () => {
    const bench = await openEdgeBench();
    await generate(bench, { ...task, timeout: 1.5 });
    expect(bench.incoming[0]).toMatchObject({
      dialect: 'waybill.generate',
      attribution: { tags: ['nightly', 'task:B', 'language:python'] },
      wishes: { timeoutMs: 1_500, mostAttempts: 3 },
      call: {
        task: {
          value: {
            messages: [{ role: Role.SYSTEM }, { role: Role.USER }],
            maxOutputTokens: 2_048,
            sampling: { temperature: 0.7 },
          },
        },
      },
    });
  });

  test.each([
    [{ backoff_strategy: 'linear' }, { growth: 'linear', factor: 2 }, null],
    [{ backoff_factor: 1.5 }, { growth: 'exponential', factor: 1.5 }, null],
    [{ backoff_factor: 50 }, { growth: 'exponential', factor: 10 }, 'retry_config.backoff_factor was taken as 10'],
    [{ backoff_strategy: 'constructor' }, { growth: 'exponential' }, 'retry_config.backoff_strategy is unknown'],
  ])('says with %j how waits grow', async (retry_config, backOff, warning) => {
    const bench = await openEdgeBench();
    const answer = await generate(bench, { ...task, retry_config });
    expect(bench.incoming[0]?.wishes?.backOff).toMatchObject(backOff);
    const told = answer.headers.get('x-waybill-warnings');
    if (warning === null) expect(told).toBeNull();
    else expect(told).toContain(warning);
  });

  test('that fails has no code, and says why', async () => {
    const bench = await openEdgeBench();
    const because = fault('timeout', 'the provider said nothing', { details: { attempts: '2' } });
    bench.conduct = () => Promise.reject(new FaultError(because));
    const answer = await generate(bench, task);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({
      success: false,
      model_version: null,
      code: null,
      metadata: { attempts: 2 },
      errors: [{ code: 'timeout', type: 'network_error', message: 'the provider said nothing', retryable: true }],
    });
  });

  test.each([
    [{ ai_model: undefined }, 'ai_model is missing; give a string'],
    [{ prompt: '' }, 'prompt is empty; give a text'],
    [{ timeout: 0 }, 'timeout is out of range; give a number of at least 0'],
    [{ retry_config: { max_attempts: 0 } }, 'retry_config.max_attempts is out of range; give a number of at least 1'],
    [{ task_id: 'a,b' }, 'task_id is no short word; give up to 64 letters, digits or _.+#-'],
  ])('with %j is refused', async (fields, message) => {
    const answer = await generate(await openEdgeBench(), { ...task, ...fields });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ success: false, errors: [{ message, type: 'invalid_request' }] });
  });
});

describe('a legacy completion', () => {
  const clientOf = ({ url }: EdgeBench) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'whatever', maxRetries: 0 });
  const asked = { model: 'fast', prompt: 'Say hello.' };

  test('is what a model answers to the prompt', async () => {
    const bench = await openEdgeBench();
    const completion = await clientOf(bench).completions.create({ ...asked, max_tokens: 7, stop: ['.'] });
    expect(completion).toMatchObject({
      id: 'cmpl-call_1',
      object: 'text_completion',
      model: 'fast-2026',
      choices: [{ index: 0, text: 'hello world', logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
    });
    expect(bench.incoming[0]).toMatchObject({
      dialect: 'openai.completions',
      call: { task: { value: { maxOutputTokens: 7, stopSequences: ['.'], messages: [{ role: Role.USER }] } } },
    });
  });

  test('comes in pieces, the usage last', async () => {
    const stream = await clientOf(await openEdgeBench()).completions.create({
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.Completion[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('hello world');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 14 } });
  });

  test.each([
    [{ prompt: ['a', 'b'] }, /^prompt has several texts; ask once for each/],
    [{ prompt: [1, 2] }, /^prompt\[0\] is given as tokens/],
    [{ n: 2 }, /^n has to be 1/],
    [{ echo: true }, /^echo is not supported/],
    [{ suffix: 'b' }, /^suffix is not supported/],
    [{ logprobs: 2 }, /^logprobs is not supported/],
  ])('with %j is refused', async (fields, message) => {
    const { url } = await openEdgeBench();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...asked, ...fields });
    const answer = await fetch(`${url}/v1/completions`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
  });
});
