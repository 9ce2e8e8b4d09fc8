// Raw usage blocks and list prices whose amounts are known, as of November 2026; USD per million tokens.
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../testing/run-command.ts';
import { rateCommand } from './rate.ts';

interface Vector {
  readonly provider: string;
  readonly model: string;
  readonly usage: unknown;
  readonly prices?: unknown;
  readonly usd: string;
  readonly at?: string;
  readonly response?: unknown;
  readonly batch?: boolean;
}

const openai = (prompt: number, completion: number, prompts = {}, completions = {}) => ({
  ...{ prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  ...{ prompt_tokens_details: prompts, completion_tokens_details: completions },
});

const opus55 = [{ input: 4, cached_input: 0.2, cache_write_5m: 5, cache_write_1h: 8, output: 20 }];
const opus5Fast = [{ input: 5, cached_input: 0.5, output: 25, factors: { 'speed.fast': 2 } }];
const flash25 = [{ input: 0.3, cached_input: 0.03, output: 2.5, audio_input: 1 }];
const flash38 = [
  { effective_to: '2027-01-01', input: 0.75, output: 3.75 },
  { effective_from: '2027-01-01', input: 1.5, output: 7.5 },
];
const haiku55 = [
  {
    ...{ input: 0.1, cached_input: 0.01, cache_write_5m: 0.125, output: 0.5 },
    above: [{ tokens: 100000, input: 0.5, cached_input: 0.05, cache_write_5m: 0.625, output: 2.5 }],
  },
];
const pro25 = [
  {
    ...{ input: 1.25, cached_input: 0.125, output: 10 },
    above: [{ tokens: 200000, input: 2.5, cached_input: 0.25, output: 15 }],
  },
];
const gpt54 = [
  {
    ...{ input: 2.5, cached_input: 0.25, output: 15 },
    tiers: { priority: { input: 5, cached_input: 0.5, output: 30 } },
  },
];
const embedded = { prompt_tokens: 8191, total_tokens: 8191 };
const audioPrompt = [
  { modality: 'AUDIO', tokenCount: 1500 },
  { modality: 'TEXT', tokenCount: 500 },
];

const vectors: Readonly<Record<string, Vector>> = {
  V01: { provider: 'openai', model: 'gpt-4o-mini', usage: openai(1234, 567), usd: '0.0005253' },
  V02: {
    ...{ provider: 'openai', model: 'gpt-4o', usage: openai(2006, 300, { cached_tokens: 1920 }) },
    ...{ prices: [{ input: 2.5, cached_input: 1.25, output: 10 }], usd: '0.005615' },
  },
  V03: {
    ...{ provider: 'openai', model: 'o4-mini', usage: openai(75, 1186, {}, { reasoning_tokens: 1024 }) },
    ...{ prices: [{ input: 1.1, output: 4.4 }], usd: '0.0053009' },
  },
  V04: {
    ...{ provider: 'openai', model: 'gpt-6-sol' },
    usage: openai(10000, 800, { cached_tokens: 6144, cache_write_tokens: 3328 }),
    ...{ prices: [{ input: 2, cached_input: 0.2, cache_write_30m: 2.5, output: 10 }], usd: '0.0186048' },
  },
  V07: {
    ...{ provider: 'openai', model: 'gpt-6-astra', usage: openai(50000, 4000), batch: true },
    ...{ prices: [{ input: 10, output: 50, tiers: { batch: { factor: 0.5 } } }], usd: '0.35' },
  },
  V08: {
    ...{ provider: 'openai', model: 'gpt-5.4', usage: openai(8000, 600, { cached_tokens: 4096 }) },
    ...{ response: { service_tier: 'priority' }, prices: gpt54, usd: '0.039568' },
  },
  V10: {
    ...{ provider: 'openai', model: 'gpt-audio' },
    usage: openai(500, 330, { audio_tokens: 420 }, { audio_tokens: 300 }),
    ...{ prices: [{ input: 2.5, output: 10, audio_input: 32, audio_output: 64 }], usd: '0.03314' },
  },
  V12: {
    ...{ provider: 'openai', model: 'text-embedding-3-large', usage: embedded },
    ...{ prices: [{ input: 0.13 }], usd: '0.00106483' },
  },
  V13: {
    ...{ provider: 'openai', model: 'gpt-3.5-turbo-instruct', usage: openai(16, 7) },
    ...{ prices: [{ input: 1.5, output: 2 }], usd: '0.000038' },
  },
  V14: {
    ...{ provider: 'anthropic', model: 'claude-opus-5-5', prices: opus55, usd: '0.13' },
    usage: {
      ...{ input_tokens: 2000, cache_read_input_tokens: 140000, cache_creation_input_tokens: 8000 },
      ...{ cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 8000 }, output_tokens: 1500 },
    },
  },
  V16: {
    ...{ provider: 'anthropic', model: 'claude-sonnet-4-6', usd: '0.01908' },
    usage: { input_tokens: 10, cache_creation_input_tokens: 5000, cache_creation: null, output_tokens: 20 },
    prices: [{ input: 3, cached_input: 0.3, cache_write_5m: 3.75, output: 15 }],
  },
  V17: {
    ...{ provider: 'anthropic', model: 'claude-opus-5-5', prices: opus55, usd: '0.089' },
    usage: { input_tokens: 1200, output_tokens: 4210, output_tokens_details: { thinking_tokens: 3800 } },
  },
  V18: {
    ...{ provider: 'anthropic', model: 'claude-haiku-5-5', prices: haiku55, usd: '0.002375' },
    usage: {
      ...{ input_tokens: 1000, cache_read_input_tokens: 90000, cache_creation_input_tokens: 9000 },
      output_tokens: 500,
    },
  },
  V20: {
    ...{ provider: 'anthropic', model: 'claude-fable-5-2', usd: '0.144' },
    usage: { input_tokens: 500, cache_read_input_tokens: 300000, output_tokens: 2000 },
    prices: [{ input: 8, cached_input: 0.2, output: 40 }],
  },
  V24: {
    ...{ provider: 'anthropic', model: 'claude-opus-5', prices: opus5Fast, usd: '0.18' },
    usage: { input_tokens: 1000, cache_read_input_tokens: 20000, output_tokens: 3000, speed: 'fast' },
  },
  V26: {
    ...{ provider: 'google', model: 'gemini-2.5-flash', prices: flash25, usd: '0.0028' },
    usage: { promptTokenCount: 1000, candidatesTokenCount: 200, thoughtsTokenCount: 800, totalTokenCount: 2000 },
  },
  V27: {
    ...{ provider: 'google', model: 'gemini-2.5-pro', prices: pro25, usd: '0.09625' },
    usage: {
      ...{ promptTokenCount: 200000, cachedContentTokenCount: 150000, candidatesTokenCount: 1000 },
      thoughtsTokenCount: 500,
    },
  },
  V29: {
    ...{ provider: 'gemini', model: 'gemini-2.5-flash', prices: flash25, usd: '0.0019' },
    usage: { promptTokenCount: 2000, promptTokensDetails: audioPrompt, candidatesTokenCount: 100 },
  },
  'V31 in 2026': {
    ...{ provider: 'google', model: 'gemini-3.8-flash', prices: flash38, at: '2026-12-31T23:59:59.999999Z' },
    ...{ usage: { promptTokenCount: 100000, candidatesTokenCount: 10000 }, usd: '0.1125' },
  },
  'V31 in 2027': {
    ...{ provider: 'google', model: 'gemini-3.8-flash', prices: flash38, at: '2027-01-01T02:00:00+02:00' },
    ...{ usage: { promptTokenCount: 100000, candidatesTokenCount: 10000 }, usd: '0.225' },
  },
  V32: {
    ...{ provider: 'google', model: 'gemini-2.5-flash', prices: flash25, usd: '0.002562' },
    usage: { promptTokenCount: 40, thoughtsTokenCount: 1020 },
  },
  V34: {
    ...{ provider: 'cohere', model: 'command-r-08-2024', prices: [{ input: 0.15, output: 0.6 }], usd: '0.00027' },
    usage: {
      billed_units: { input_tokens: 1000, output_tokens: 200 },
      tokens: { input_tokens: 1300, output_tokens: 200 },
    },
  },
  'V35 free': {
    ...{ provider: 'ollama', model: 'llama3', prices: 'free', usd: '0' },
    usage: { prompt_eval_count: 26, eval_count: 298 },
  },
};

async function rateLines(...lines: readonly (object | string)[]) {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const { code, printed } = await runCommand(rateCommand, { lines: texts });
  return { code, answers: printed.map((line) => JSON.parse(line)) };
}

describe('amounts that are known', () => {
  test.each(Object.entries(vectors))('%s', async (_name, { usd, at = '2026-11-20T00:00:00Z', ...line }) => {
    const { code, answers } = await rateLines({ at, ...line });
    expect(answers).toMatchObject([{ usd, estimated: false }]);
    expect(answers[0].suspicions).toBeUndefined();
    expect(code).toBe(0);
  });

  test('V35 usage that nobody sent has no amount', async () => {
    const line = { provider: 'openai', model: 'gpt-4o-mini', usage: null };
    const { code, answers } = await rateLines(line);
    expect(answers).toEqual([{ amount_pico_usd: null, usd: null, lines: [], estimated: true, price_version: null }]);
    expect(code).toBe(0);
  });
});

describe('a line', () => {
  test('comes back with its lines and versions, priced by the built-in list', async () => {
    const { answers } = await rateLines({ provider: 'openai', model: 'gpt-4o-mini', usage: openai(1234, 567) });
    expect(answers).toEqual([
      {
        amount_pico_usd: '525300000',
        usd: '0.0005253',
        lines: [
          { class: 'input', quantity: '1234', unit_price_pico_usd: '150000', amount_pico_usd: '185100000' },
          { class: 'output', quantity: '567', unit_price_pico_usd: '600000', amount_pico_usd: '340200000' },
        ],
        estimated: false,
        price_version: expect.stringMatching(/^[0-9a-f]{16}$/),
        rater_version: expect.any(String),
        table: 'standard',
      },
    ]);
  });

  test('has its prices read digit by digit, not as floats', async () => {
    const prices = '[{"input":0.1000000000000000055511151231257827,"output":1}]';
    const line = `{"provider":"openai","model":"x","usage":{"prompt_tokens":1,"completion_tokens":1},"prices":${prices}}`;
    const { answers, code } = await rateLines(line);
    expect(answers[0].error).toMatch(/prices\[0\]\.input/);
    expect(code).toBe(1);
  });

  test('may name a configured provider', async () => {
    const line = { provider: 'simulator-anthropic', model: 'claude-haiku-4-5' };
    const { answers } = await rateLines({ ...line, usage: { input_tokens: 1000, output_tokens: 100 } });
    expect(answers[0].usd).toBe('0.0015');
  });

  const priced = { provider: 'openai', model: 'gpt-4o-mini', usage: openai(1, 1) };
  test.each([
    ['no JSON', '{"provider":', /line is no JSON/],
    ['a list', '[]', /line is no JSON object/],
    ['an unknown field', { ...priced, modell: 'x' }, /modell is not known/],
    ['no provider', { ...priced, provider: undefined }, /provider is missing/],
    ['an unknown provider', { ...priced, provider: 'nobody' }, /provider nobody is not known; known are openai/],
    ['an unknown model', { ...priced, model: 'gpt-0' }, /model gpt-0 is not in the price list/],
    ['a time that is none', { ...priced, at: '2026-02-30' }, /at is no time/],
    ['a time without offset', { ...priced, at: '2026-02-03T00:00:00' }, /at is no time/],
    ['a time before the prices', { ...priced, at: '2020-01-01' }, /no price of gpt-4o-mini holds at 2020/],
    ['a class without price', { ...priced, prices: [{ input: 1 }] }, /output/],
    ['a negative price', { ...priced, prices: [{ input: -1, output: 1 }] }, /prices\[0\]\.input/],
    ['a batch that is a word', { ...priced, batch: 'yes' }, /batch is neither/],
  ])('with %s is an error that names it, and the others go on', async (_name, line, error) => {
    const { code, answers } = await rateLines(priced, line, '', priced);
    expect(answers[1]).toEqual({ error: expect.stringMatching(error), line: 2 });
    expect(answers[2].usd).toBe('0.00000075');
    expect(code).toBe(1);
  });
});
