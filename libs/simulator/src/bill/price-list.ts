// The price list the simulator starts with. Its own: nothing here is read from the gateway's price books.
import { type Factor, type ModelPrice, modelPrice, type PriceRow } from './prices.ts';

const fastTwice: Record<string, Factor> = {
  'speed.fast': { times: 2n, over: 1n },
  'region.us': { times: 11n, over: 10n },
};

const openai: Record<string, PriceRow> = {
  'gpt-4o-mini': { input: '0.15', cachedInput: '0.075', output: '0.60' },
  'gpt-4o': {
    input: '2.5',
    cachedInput: '1.25',
    output: '10',
    tiers: { priority: { input: '4.25', cachedInput: '2.125', output: '17' } },
  },
  'gpt-4.1': { input: '2', cachedInput: '0.5', output: '8' },
  'gpt-4.1-mini': { input: '0.4', cachedInput: '0.1', output: '1.6' },
  'o4-mini': { input: '1.1', cachedInput: '0.275', output: '4.4' },
  'gpt-5': { input: '1.25', cachedInput: '0.125', output: '10' },
  'gpt-5-mini': { input: '0.25', cachedInput: '0.025', output: '2' },
  'gpt-5.4': {
    input: '2.5',
    cachedInput: '0.25',
    output: '15',
    above: { tokens: 272_000, input: '5', cachedInput: '0.5', output: '22.5' },
    tiers: { priority: { input: '5', cachedInput: '0.5', output: '30' } },
  },
  'gpt-6-sol': {
    input: '2',
    cachedInput: '0.20',
    cacheWrite30m: '2.5',
    output: '10',
    above: { tokens: 272_000, input: '4', cachedInput: '0.40', cacheWrite30m: '5', output: '15' },
  },
  'gpt-6-luna': { input: '0.10', cachedInput: '0.01', cacheWrite30m: '0.125', output: '0.50' },
  'gpt-audio': { input: '2.5', output: '10', audioInput: '32', audioOutput: '64' },
  'gpt-3.5-turbo-instruct': { input: '1.5', output: '2' },
  'text-embedding-3-small': { input: '0.02', output: '0' },
  'text-embedding-3-large': { input: '0.13', output: '0' },
};

const anthropic: Record<string, PriceRow> = {
  'claude-opus-5-5': {
    input: '4',
    cachedInput: '0.20',
    cacheWrite5m: '5',
    cacheWrite1h: '8',
    output: '20',
    factors: fastTwice,
  },
  'claude-opus-5': {
    input: '5',
    cachedInput: '0.5',
    cacheWrite5m: '6.25',
    cacheWrite1h: '10',
    output: '25',
    factors: fastTwice,
  },
  'claude-sonnet-5-5': {
    input: '2',
    cachedInput: '0.10',
    cacheWrite5m: '2.5',
    cacheWrite1h: '4',
    output: '10',
    factors: fastTwice,
  },
  'claude-sonnet-4-6': { input: '3', cachedInput: '0.3', cacheWrite5m: '3.75', cacheWrite1h: '6', output: '15' },
  'claude-haiku-5-5': {
    input: '0.10',
    cachedInput: '0.01',
    cacheWrite5m: '0.125',
    cacheWrite1h: '0.20',
    output: '0.50',
    above: {
      tokens: 100_000,
      input: '0.50',
      cachedInput: '0.05',
      cacheWrite5m: '0.625',
      cacheWrite1h: '1.00',
      output: '2.50',
    },
  },
  'claude-haiku-4-5': { input: '1', cachedInput: '0.1', cacheWrite5m: '1.25', cacheWrite1h: '2', output: '5' },
};

const gemini: Record<string, PriceRow> = {
  'gemini-2.5-flash': { input: '0.3', cachedInput: '0.03', output: '2.5', audioInput: '1' },
  'gemini-2.5-flash-lite': { input: '0.1', cachedInput: '0.01', output: '0.4', audioInput: '0.3' },
  'gemini-2.5-pro': {
    input: '1.25',
    cachedInput: '0.125',
    output: '10',
    above: { tokens: 200_000, input: '2.5', cachedInput: '0.25', output: '15' },
  },
  'gemini-3.5-flash': { input: '1.5', cachedInput: '0.15', output: '9' },
  'gemini-3.8-flash': { input: '0.75', cachedInput: '0.075', output: '3.75' },
  'gemini-embedding-001': { input: '0.15', output: '0' },
  'gemini-embedding-2': { input: '0.20', output: '0' },
};

const ollama: Record<string, PriceRow> = {
  'llama3.2': { input: '0', output: '0' },
  qwen3: { input: '0', output: '0' },
  'nomic-embed-text': { input: '0', output: '0' },
};

const cohere: Record<string, PriceRow> = {
  'command-a-03-2025': { input: '2.5', output: '10' },
  'command-a-reasoning-08-2025': { input: '2.5', output: '10' },
  'command-r-08-2024': { input: '0.15', output: '0.6' },
  'command-r7b-12-2024': { input: '0.0375', output: '0.15' },
  'embed-v4.0': { input: '0.12', output: '0' },
};

const mistral: Record<string, PriceRow> = {
  'mistral-large-3': { input: '0.5', output: '1.5' },
  'mistral-medium-3.5': { input: '1.5', output: '7.5' },
};

const grok: PriceRow = { input: '4', cachedInput: '1', output: '12' };
const xai: Record<string, PriceRow> = {
  'grok-4.7': { input: '2', cachedInput: '0.5', output: '6', above: { tokens: 200_000, ...grok } },
};

/** Model names by dialect, as its list of models shows them. */
export const knownModels: Readonly<Record<string, readonly string[]>> = {
  openai: Object.keys(openai),
  anthropic: Object.keys(anthropic),
  gemini: Object.keys(gemini),
  ollama: Object.keys(ollama),
  cohere: Object.keys(cohere),
  copilot: ['gpt-4o-mini', 'gpt-4.1'],
  'azure-openai': Object.keys(openai),
  mistral: Object.keys(mistral),
  xai: Object.keys(xai),
};

const listed = { ...openai, ...anthropic, ...gemini, ...ollama, ...cohere, ...mistral, ...xai };
const others = modelPrice({
  input: '1',
  cachedInput: '0.1',
  cacheWrite5m: '1.25',
  cacheWrite1h: '2',
  cacheWrite30m: '1.25',
  output: '4',
  factors: fastTwice,
});
/** Dialects of servers that run on somebody's own machine. */
const ownMachines = ['ollama', 'vllm', 'lm-studio'];
const free = modelPrice({ input: '0', output: '0' });

export interface PriceList {
  priceOf(dialect: string, model: string): ModelPrice;
}

/**
 * The list with the given rows added or put in place. A dated snapshot costs what its model costs; a model that is not
 * listed costs 1 USD in and 4 USD out per million tokens; what runs on one's own machine is free unless a given row prices it.
 */
export function priceList(given: Readonly<Record<string, PriceRow>> = {}): PriceList {
  const prices = new Map(Object.entries({ ...listed, ...given }).map(([model, row]) => [model, modelPrice(row)]));
  return {
    priceOf(dialect, model) {
      const price = prices.get(model) ?? prices.get(withoutDate(model));
      return price ?? (ownMachines.includes(dialect) ? free : others);
    },
  };
}

function withoutDate(model: string): string {
  return model.replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '');
}
