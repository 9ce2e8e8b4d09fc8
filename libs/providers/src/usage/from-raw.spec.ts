import { describe, expect, test } from '@jest/globals';
import { Usage, UsageSource } from '@waybill/contracts';
import fc from 'fast-check';
import { inputTotal, outputTotal } from '../conformance/readings.ts';
import { laterSnapshot, maxCount } from './count.ts';
import { ratedProviders, usageFromRaw } from './from-raw.ts';

/** The fields of a usage that are not at their defaults. */
function figures(usage: Usage | undefined): Partial<Usage> | undefined {
  if (!usage) return undefined;
  const { source, ...fields } = usage;
  expect(source).toBe(UsageSource.REPORTED);
  const untouched: Record<string, unknown> = { ...Usage.create() };
  const isSet = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(untouched[name]);
  return Object.fromEntries(Object.entries(fields).filter(isSet));
}

describe('the figures of a usage block are disjoint', () => {
  test.each([
    [
      'openai',
      { prompt_tokens: 1234, completion_tokens: 567, total_tokens: 1801 },
      {},
      { inputTokens: 1234, outputTokens: 567 },
    ],
    [
      'openai',
      { prompt_tokens: 2006, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 1920 } },
      { service_tier: 'priority' },
      { inputTokens: 86, cacheReadTokens: 1920, outputTokens: 300, serviceTier: 'priority' },
    ],
    [
      'openai',
      { prompt_tokens: 75, completion_tokens: 1186, completion_tokens_details: { reasoning_tokens: 1024 } },
      { batch: true },
      { inputTokens: 75, outputTokens: 162, reasoningTokens: 1024, batch: true },
    ],
    [
      'azure-openai',
      {
        prompt_tokens: 10000,
        completion_tokens: 800,
        prompt_tokens_details: { cached_tokens: 6144, cache_write_tokens: 3328 },
      },
      {},
      { inputTokens: 528, cacheReadTokens: 6144, cacheWrite30mTokens: 3328, outputTokens: 800 },
    ],
    [
      'openai',
      {
        input_tokens: 100,
        output_tokens: 20,
        input_tokens_details: {
          cached_tokens: 10,
          cache_write_tokens: 50,
          cache_write_tokens_details: { ttl_30m_tokens: 20, ttl_12h_tokens: 30 },
        },
        output_tokens_details: { reasoning_tokens: 5 },
      },
      {},
      {
        inputTokens: 40,
        cacheReadTokens: 10,
        cacheWrite30mTokens: 20,
        cacheWrite12hTokens: 30,
        outputTokens: 15,
        reasoningTokens: 5,
      },
    ],
    [
      'openai',
      {
        prompt_tokens: 500,
        completion_tokens: 330,
        prompt_tokens_details: { audio_tokens: 420 },
        completion_tokens_details: { audio_tokens: 300 },
      },
      {},
      { inputTokens: 80, audioInputTokens: 420, outputTokens: 30, audioOutputTokens: 300 },
    ],
    ['openai', { prompt_tokens: 8191, total_tokens: 8191 }, {}, { inputTokens: 8191 }],
    [
      'anthropic',
      {
        input_tokens: 2000,
        cache_read_input_tokens: 140000,
        cache_creation_input_tokens: 8000,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 8000 },
        output_tokens: 1500,
        inference_geo: 'us',
        speed: 'fast',
        service_tier: 'standard',
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 3 },
      },
      {},
      {
        inputTokens: 2000,
        cacheReadTokens: 140000,
        cacheWrite1hTokens: 8000,
        outputTokens: 1500,
        inferenceGeo: 'us',
        speed: 'fast',
        serviceTier: 'standard',
        uses: { web_search: 2 },
      },
    ],
    [
      'anthropic',
      { input_tokens: 10, cache_creation_input_tokens: 5000, cache_creation: null, output_tokens: 20 },
      {},
      { inputTokens: 10, cacheWrite5mTokens: 5000, outputTokens: 20 },
    ],
    [
      'anthropic',
      { input_tokens: 1200, output_tokens: 4210, output_tokens_details: { thinking_tokens: 3800 } },
      {},
      { inputTokens: 1200, outputTokens: 410, reasoningTokens: 3800 },
    ],
    [
      'anthropic',
      [
        { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 1, service_tier: 'standard' },
        { input_tokens: null, cache_read_input_tokens: null, output_tokens: 40 },
      ],
      {},
      { inputTokens: 5, cacheReadTokens: 7, outputTokens: 40, serviceTier: 'standard' },
    ],
    [
      'anthropic',
      {
        input_tokens: 5,
        output_tokens: 1,
        iterations: [{ type: 'message' }, { type: 'compaction', input_tokens: 100, output_tokens: 9 }],
      },
      {},
      { inputTokens: 105, outputTokens: 10 },
    ],
    [
      'gemini',
      { promptTokenCount: 1000, candidatesTokenCount: 200, thoughtsTokenCount: 800, totalTokenCount: 2000 },
      {},
      { inputTokens: 1000, outputTokens: 200, reasoningTokens: 800 },
    ],
    [
      'gemini',
      {
        promptTokenCount: 200000,
        cachedContentTokenCount: 150000,
        candidatesTokenCount: 1000,
        thoughtsTokenCount: 500,
      },
      { service_tier: 'PRIORITY' },
      {
        inputTokens: 50000,
        cacheReadTokens: 150000,
        outputTokens: 1000,
        reasoningTokens: 500,
        serviceTier: 'priority',
      },
    ],
    [
      'gemini',
      {
        promptTokenCount: 2000,
        candidatesTokenCount: 100,
        toolUsePromptTokenCount: 30,
        promptTokensDetails: [
          { modality: 'AUDIO', tokenCount: 1500 },
          { modality: 'TEXT', tokenCount: 500 },
        ],
      },
      {},
      { inputTokens: 530, audioInputTokens: 1500, outputTokens: 100 },
    ],
    ['gemini', { promptTokenCount: 40, thoughtsTokenCount: 1020 }, {}, { inputTokens: 40, reasoningTokens: 1020 }],
    [
      'xai',
      {
        prompt_tokens: 32,
        completion_tokens: 9,
        total_tokens: 135,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 94 },
      },
      {},
      { inputTokens: 26, cacheReadTokens: 6, outputTokens: 9, reasoningTokens: 94 },
    ],
    [
      'xai',
      { input_tokens: 32, output_tokens: 103, output_tokens_details: { reasoning_tokens: 94 } },
      {},
      { inputTokens: 32, outputTokens: 9, reasoningTokens: 94 },
    ],
    [
      'mistral',
      { prompt_tokens: 30, completion_tokens: 4, total_tokens: 34, num_cached_tokens: 16, prompt_audio_seconds: 0 },
      {},
      { inputTokens: 14, cacheReadTokens: 16, outputTokens: 4 },
    ],
    [
      'cohere',
      { billed_units: { input_tokens: 1000, output_tokens: 200 }, tokens: { input_tokens: 1300, output_tokens: 200 } },
      {},
      { inputTokens: 1000, outputTokens: 200 },
    ],
    ['cohere', { billed_units: { search_units: 1 } }, {}, { uses: { search_unit: 1 } }],
    [
      'ollama',
      { prompt_eval_count: 26, eval_count: 298, eval_duration: 1 },
      {},
      { inputTokens: 26, outputTokens: 298 },
    ],
  ])('%s: %j', (provider, raw, response, expected) => {
    expect(figures(usageFromRaw(provider, raw, response))).toEqual(expected);
  });
});

describe('doubtful figures are kept within bounds and marked', () => {
  test.each([
    [
      { prompt_tokens: -5, completion_tokens: 3 },
      { outputTokens: 3, suspicions: ['negative_clamped'] },
    ],
    [
      { prompt_tokens: '12', completion_tokens: 3 },
      { inputTokens: 12, outputTokens: 3, suspicions: ['text_number'] },
    ],
    [
      { prompt_tokens: 2 ** 60, completion_tokens: 3 },
      { inputTokens: maxCount, outputTokens: 3, suspicions: ['too_large_clamped'] },
    ],
    [
      { prompt_tokens: 1.5, completion_tokens: 3 },
      { inputTokens: 2, outputTokens: 3, suspicions: ['fraction_rounded_up'] },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 50 } },
      { cacheReadTokens: 10, outputTokens: 3, suspicions: ['parts_exceed_total'] },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 'many' } },
      { inputTokens: 10, outputTokens: 3, suspicions: ['unreadable_count'] },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 3, total_tokens: 99 },
      { inputTokens: 10, outputTokens: 3, suspicions: ['total_differs'] },
    ],
    [
      { prompt_tokens: 10, total_tokens: 14 },
      { inputTokens: 10, outputTokens: 4, suspicions: ['output_missing'] },
    ],
  ])('%j', (raw, expected) => {
    expect(figures(usageFromRaw('openai', raw))).toMatchObject(expected);
  });

  test('a later snapshot that has shrunk stands, marked', () => {
    const earlier = usageFromRaw('openai', { prompt_tokens: 10, completion_tokens: 9 });
    const later = usageFromRaw('openai', { prompt_tokens: 10, completion_tokens: 3 })!;
    expect(laterSnapshot(earlier, later)).toMatchObject({ outputTokens: 3, suspicions: ['decreasing_snapshot'] });
    expect(laterSnapshot(later, earlier!)).toBe(earlier);
  });
});

test.each([
  ['openai', {}],
  ['openai', null],
  ['openai', { prompt_tokens: Number.NaN, completion_tokens: 3 }],
  ['openai', { prompt_tokens: 3, completion_tokens: {} }],
  ['anthropic', { input_tokens: 3 }],
  ['anthropic', []],
  ['gemini', {}],
  ['gemini', { promptTokenCount: 3, candidatesTokenCount: 'x' }],
  ['ollama', { eval_duration: 3 }],
  ['cohere', { tokens: { input_tokens: 3 } }],
  ['nobody', { prompt_tokens: 3, completion_tokens: 3 }],
])('no figures are no usage, never zeros: %s %j', (provider, raw) => {
  expect(usageFromRaw(provider, raw)).toBeUndefined();
});

describe.each(ratedProviders.map((provider) => [provider]))('%s', (provider) => {
  const names = fc.constantFrom(
    ...['prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details', 'completion_tokens_details'],
    ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation'],
    ...['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'promptTokensDetails', 'billed_units'],
    ...['prompt_eval_count', 'eval_count', 'cached_tokens', 'reasoning_tokens', 'audio_tokens', 'iterations'],
  );
  const counts = fc.oneof(fc.nat(), fc.double(), fc.string(), fc.constant(null), fc.integer());
  const details = fc.dictionary(names, counts);
  const blocks = fc.dictionary(names, fc.oneof(counts, details, fc.array(details)));

  test('whatever the block holds, counts are whole and within bounds', () => {
    fc.assert(
      fc.property(fc.oneof(blocks, fc.jsonValue(), fc.array(blocks)), (raw) => {
        const usage = usageFromRaw(provider, raw);
        if (!usage) return;
        for (const value of Object.values(usage)) {
          if (typeof value === 'number') expect(Number.isInteger(value) && value >= 0 && value <= maxCount).toBe(true);
        }
        expect(inputTotal(usage) + outputTotal(usage)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });
});

test('the parts of any OpenAI block add up to its totals', () => {
  const nat = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(nat, nat, nat, nat, nat, nat, (prompt, completion, cached, written, audio, reasoning) => {
      const usage = usageFromRaw('openai', {
        prompt_tokens: prompt,
        completion_tokens: completion,
        prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written, audio_tokens: audio },
        completion_tokens_details: { reasoning_tokens: reasoning },
      })!;
      expect(inputTotal(usage)).toBe(prompt);
      expect(outputTotal(usage)).toBe(completion);
    }),
  );
});
