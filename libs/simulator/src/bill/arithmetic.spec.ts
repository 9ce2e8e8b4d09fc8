// Invoices worked out by hand: usage block in, exact amount out.
import { describe, expect, test } from '@jest/globals';
import { anthropicAmount } from '../dialects/anthropic/usage.ts';
import { geminiAmount } from '../dialects/gemini/usage.ts';
import { openAiAmount } from '../dialects/openai/usage.ts';
import { chargePicoUsd } from './arithmetic.ts';
import { priceList } from './price-list.ts';
import { modelPrice, type PriceRow, picoUsdPerToken } from './prices.ts';

const list = priceList();
const usd = (text: string) => {
  const [whole = '', decimals = ''] = text.split('.');
  return BigInt(whole + decimals.padEnd(12, '0'));
};
const openai = (model: string | PriceRow, usage: object, serviceTier?: string) =>
  openAiAmount({ ...usage }, typeof model === 'string' ? list.priceOf('openai', model) : modelPrice(model), {
    serviceTier,
  });
const anthropic = (model: string | PriceRow, usage: object, terms = {}) =>
  anthropicAmount(
    { ...usage },
    typeof model === 'string' ? list.priceOf('anthropic', model) : modelPrice(model),
    terms,
  );
const gemini = (model: string | PriceRow, usage: object) =>
  geminiAmount({ ...usage }, typeof model === 'string' ? list.priceOf('gemini', model) : modelPrice(model), {});

describe('OpenAI: the prompt contains the cache, the completion contains the reasoning', () => {
  test('plain', () => {
    expect(openai('gpt-4o-mini', { prompt_tokens: 1234, completion_tokens: 567 })).toBe(usd('0.0005253'));
  });
  test('cached input', () => {
    const usage = { prompt_tokens: 2006, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 1920 } };
    expect(openai('gpt-4o', usage)).toBe(usd('0.005615'));
  });
  test('reasoning', () => {
    const details = { completion_tokens_details: { reasoning_tokens: 1024 } };
    expect(openai('o4-mini', { prompt_tokens: 75, completion_tokens: 1186, ...details })).toBe(usd('0.0053009'));
  });
  test('cache writes', () => {
    const details = { prompt_tokens_details: { cached_tokens: 6144, cache_write_tokens: 3328 } };
    expect(openai('gpt-6-sol', { prompt_tokens: 10000, completion_tokens: 800, ...details })).toBe(usd('0.0186048'));
  });
  test('the tier that served', () => {
    const usage = { prompt_tokens: 8000, completion_tokens: 600, prompt_tokens_details: { cached_tokens: 4096 } };
    expect(openai('gpt-5.4', usage, 'priority')).toBe(usd('0.039568'));
  });
  test('audio', () => {
    const usage = {
      prompt_tokens: 500,
      completion_tokens: 330,
      prompt_tokens_details: { audio_tokens: 420 },
      completion_tokens_details: { audio_tokens: 300 },
    };
    expect(openai('gpt-audio', usage)).toBe(usd('0.03314'));
  });
  test('embeddings', () => {
    expect(openai('text-embedding-3-large', { prompt_tokens: 8191, total_tokens: 8191 })).toBe(usd('0.00106483'));
  });
  test('a prompt above 272,000 tokens moves the whole request', () => {
    expect(openai('gpt-5.4', { prompt_tokens: 272_000, completion_tokens: 10 })).toBe(usd('0.68015'));
    expect(openai('gpt-5.4', { prompt_tokens: 272_001, completion_tokens: 10 })).toBe(usd('1.36023'));
  });
});

describe('Anthropic: three kinds of input beside each other', () => {
  test('an hour of cache', () => {
    const usage = {
      input_tokens: 2000,
      cache_read_input_tokens: 140_000,
      cache_creation_input_tokens: 8000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 8000 },
      output_tokens: 1500,
    };
    expect(anthropic('claude-opus-5-5', usage)).toBe(usd('0.13'));
  });
  test('a cache write without a split is one of five minutes', () => {
    const usage = { input_tokens: 10, cache_creation_input_tokens: 5000, cache_creation: null, output_tokens: 20 };
    expect(anthropic('claude-sonnet-4-6', usage)).toBe(usd('0.01908'));
  });
  test('thinking is inside the output', () => {
    const details = { output_tokens_details: { thinking_tokens: 3800 } };
    expect(anthropic('claude-opus-5-5', { input_tokens: 1200, output_tokens: 4210, ...details })).toBe(usd('0.089'));
  });
  test('exactly 100,000 tokens stay in the low band', () => {
    const usage = {
      input_tokens: 1000,
      cache_read_input_tokens: 90_000,
      cache_creation_input_tokens: 9000,
      output_tokens: 500,
    };
    expect(anthropic('claude-haiku-5-5', usage)).toBe(usd('0.002375'));
    const more = { ...usage, input_tokens: 1001 };
    expect(anthropic('claude-haiku-5-5', more)).toBe(usd('0.0118755'));
  });
  test('a cache read price that is no tenth of the input', () => {
    const fable = { input: '8', cachedInput: '0.20', output: '40' };
    const usage = { input_tokens: 500, cache_read_input_tokens: 300_000, output_tokens: 2000 };
    expect(anthropic(fable, usage)).toBe(usd('0.144'));
  });
  test('speed and region multiply', () => {
    const usage = { input_tokens: 1000, cache_read_input_tokens: 20_000, output_tokens: 3000 };
    expect(anthropic('claude-opus-5', usage, { speed: 'fast' })).toBe(usd('0.18'));
    expect(anthropic('claude-opus-5', usage, { speed: 'fast', region: 'us' })).toBe(usd('0.198'));
  });
});

describe('Gemini: thoughts come on top of the candidates', () => {
  test('thoughts', () => {
    const usage = { promptTokenCount: 1000, candidatesTokenCount: 200, thoughtsTokenCount: 800 };
    expect(gemini('gemini-2.5-flash', usage)).toBe(usd('0.0028'));
  });
  test('exactly 200,000 tokens stay in the low band', () => {
    const usage = {
      promptTokenCount: 200_000,
      cachedContentTokenCount: 150_000,
      candidatesTokenCount: 1000,
      thoughtsTokenCount: 500,
    };
    expect(gemini('gemini-2.5-pro', usage)).toBe(usd('0.09625'));
  });
  test('audio', () => {
    const split = [
      { modality: 'AUDIO', tokenCount: 1500 },
      { modality: 'TEXT', tokenCount: 500 },
    ];
    const usage = { promptTokenCount: 2000, promptTokensDetails: split, candidatesTokenCount: 100 };
    expect(gemini('gemini-2.5-flash', usage)).toBe(usd('0.0019'));
  });
  test('candidates left out', () => {
    expect(gemini('gemini-2.5-flash', { promptTokenCount: 40, thoughtsTokenCount: 1020 })).toBe(usd('0.002562'));
  });
  test('prices before and after a change', () => {
    const usage = { promptTokenCount: 100_000, candidatesTokenCount: 10_000 };
    expect(gemini('gemini-3.8-flash', usage)).toBe(usd('0.1125'));
    expect(gemini({ input: '1.5', output: '7.5' }, usage)).toBe(usd('0.225'));
  });
});

describe('prices', () => {
  test('are read as exact decimals', () => {
    expect(picoUsdPerToken('0.0375')).toBe(37_500n);
    expect(picoUsdPerToken(2.5)).toBe(2_500_000n);
    expect(() => picoUsdPerToken('1e-7')).toThrow('not a price');
    expect(() => picoUsdPerToken('-1')).toThrow('not a price');
  });
  test('hold for dated snapshots; Ollama is free, others have a default', () => {
    expect(list.priceOf('openai', 'gpt-4o-mini-2024-07-18')).toBe(list.priceOf('openai', 'gpt-4o-mini'));
    expect(list.priceOf('anthropic', 'claude-haiku-4-5-20251001')).toBe(list.priceOf('anthropic', 'claude-haiku-4-5'));
    expect(list.priceOf('ollama', 'anything').output).toBe(0n);
    expect(list.priceOf('openai', 'anything').output).toBe(4_000_000n);
    expect(priceList({ anything: { input: 1, output: '9' } }).priceOf('openai', 'anything').output).toBe(9_000_000n);
  });
  test('round half to even, once per line, where a factor leaves a fraction', () => {
    const price = { ...modelPrice({ input: '0.000001', output: 0 }), factors: { half: { times: 1n, over: 2n } } };
    const charge = (freshInput: number) =>
      chargePicoUsd({ freshInput, output: 0 }, price, { promptTokens: freshInput, factors: ['half'] });
    expect([1, 2, 3, 5].map(charge)).toEqual([0n, 1n, 2n, 2n]);
  });
});
