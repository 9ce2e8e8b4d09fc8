// The most prompt tokens a provider can count for a call, and how many it is likely to count.
import type { Call } from '@waybill/contracts';
import { type InputMeasure, measureInput } from './measure.ts';
import { boundText, type CountTokens } from './tokenizer.ts';

/** What makes the bound tighter. */
export interface InputBoundOptions {
  /** Narrows the cost of images. */
  readonly upstreamModel?: string;
  /** The model's own tokenizer; without one, a token is taken to have at least one byte. */
  readonly countTokens?: CountTokens | undefined;
}

/** The dearest way a picture is cut into tiles: gpt-4o-mini counts up to 2833 + 8 x 5667, others far less. */
const perImageOfGpt4oMini = 48_169;
const perImage = 16_384;

/** A document has text and pictures of its pages; nothing in its size says how much. */
const perDocument = 2_000_000;

/** Speech counts at most 32 tokens a second, and no codec in use puts a second into less than 512 bytes. */
const bytesPerAudioToken = 16;

/**
 * An upper bound of the prompt tokens, for limits and budgets: what is sent as text, and constants for what wires and
 * models add around it (Anthropic puts several hundred tokens in front of tools). Documents make it very large: cap it
 * with the model's context window, beyond which a provider refuses the call.
 */
export function boundInputTokens(call: Call, { upstreamModel = '', countTokens }: InputBoundOptions = {}): number {
  const isDear = upstreamModel === '' || upstreamModel.startsWith('gpt-4o-mini');
  return measureInput(call, {
    perCall: 64,
    perMessage: 16,
    perPart: 4,
    perTool: 32,
    perToolbox: 1024,
    perSchema: 64,
    perImage: isDear ? perImageOfGpt4oMini : perImage,
    document: () => perDocument,
    audio: (sizeBytes) => Math.ceil(sizeBytes / bytesPerAudioToken) + 64,
    text: (text) => boundText(text, countTokens),
    opaque: (sizeBytes) => sizeBytes,
  });
}

const likely: InputMeasure = {
  perCall: 3,
  perMessage: 4,
  perPart: 0,
  perTool: 8,
  perToolbox: 16,
  perSchema: 16,
  perImage: 800,
  document: (sizeBytes) => Math.ceil(sizeBytes / 40),
  audio: (sizeBytes) => Math.ceil(sizeBytes / 500),
  text: (text) => Math.ceil(Buffer.byteLength(text) / 4),
  opaque: () => 0,
};

/**
 * How many tokens the longest prompt of a call is likely to have: for telling whether it fits into a window, never for
 * money. Each text to embed has a window of its own.
 */
export function estimateInputTokens(call: Call): number {
  if (call.task?.$case !== 'embedding') return measureInput(call, likely);
  return likely.perCall + call.task.value.inputs.reduce((most, text) => Math.max(most, likely.text(text)), 0);
}

/** How many tokens a call is likely to be billed for its prompts, all texts to embed together. */
export function estimateBilledTokens(call: Call): number {
  return measureInput(call, likely);
}
