import type { PriceRow } from '@waybill/contracts';
import { readPrices } from '@waybill/rating';
import { z } from 'zod';
import { choice, day, flag, identifier, section, text, wholeNumber } from '../reading/fields.ts';

/** What a model can do, in the words of the selector. */
export const capabilities = [
  'chat',
  'streaming',
  'tools',
  'vision',
  'documents',
  'audio_input',
  'json_schema',
  'reasoning',
  'embeddings',
] as const;

/** The endpoints by which a provider of OpenAI's family can be asked for text. */
export const wires = ['chat', 'responses', 'completions'] as const;

export type Capability = (typeof capabilities)[number];

export interface ModelConfiguration {
  /** The name callers and routes use. */
  readonly id: string;
  /** Id of a provider. */
  readonly provider: string;
  /** Its name at the provider; default: the id. */
  readonly upstreamModel: string;
  readonly capabilities: readonly Capability[];
  /** The endpoint it is asked at; undefined leaves that to what the provider and the call need. */
  readonly wire?: (typeof wires)[number] | undefined;
  /** Tokens that prompt and answer may have together. */
  readonly contextWindow: number;
  /** Bounds the hold of a call that names no cap of its own; tokens. */
  readonly maxOutputTokens: number;
  /** No two rows hold at the same time; one row with `free` set for `prices: free`. */
  readonly prices: readonly PriceRow[];
  /** Default true. */
  readonly enabled: boolean;
  /** What to expect before anything was measured; milliseconds. */
  readonly averageResponseTimeMs: number | undefined;
  /** Its name for people. */
  readonly name: string | undefined;
  readonly snapshot: ModelSnapshot;
}

/** Which snapshot of a model is meant, and what is known of it. Days as they were written: 2024-04-09 or 2024-04. */
export interface ModelSnapshot {
  /**
   * The pin: answers that name another model have drifted. Default: the upstream model where that ends in a date.
   * Undefined: whatever the provider serves under that name.
   */
  readonly version: string | undefined;
  readonly released: string | undefined;
  readonly knowledgeCutoff: string | undefined;
  readonly trainingDataUntil: string | undefined;
  /** When the version was chosen. */
  readonly pinnedDate: string | undefined;
}

const tokens = wholeNumber({ least: 1, most: 2 ** 32 - 1, unit: 'tokens' });
const defaultCapabilities: Capability[] = ['chat', 'streaming', 'tools', 'json_schema'];

const prices = z
  .unknown()
  .transform((input, context) =>
    readPrices(input, '', (within, message) =>
      context.issues.push({ code: 'custom', input, message, params: { within } }),
    ),
  );

/** One entry of `models`. */
export const modelSection = section({
  id: identifier,
  provider: text,
  upstream_model: text.optional(),
  capabilities: z.array(choice(capabilities), 'is wrong; give a list such as [chat, streaming]').optional(),
  wire: choice(wires).optional(),
  context_window: tokens.default(128_000),
  max_output_tokens: tokens.default(4_096),
  prices,
  enabled: flag.default(true),
  average_response_time_ms: wholeNumber({ least: 0, unit: 'milliseconds' }).optional(),
  name: text.optional(),
  version: text.optional(),
  released: day.optional(),
  knowledge_cutoff: day.optional(),
  training_data_until: day.optional(),
  pinned_date: day.optional(),
}).transform((given, context): ModelConfiguration => {
  const can = given.capabilities ?? defaultCapabilities;
  given.prices.forEach((row, index) => {
    if (!can.includes('chat') || row.free || row.prices.output !== undefined) return;
    const message = 'is missing, and the model can chat; give USD per million tokens';
    context.issues.push({ code: 'custom', input: given, path: ['prices', index, 'output'], message });
  });
  return {
    id: given.id,
    provider: given.provider,
    upstreamModel: given.upstream_model ?? given.id,
    capabilities: can,
    wire: given.wire,
    contextWindow: given.context_window,
    maxOutputTokens: given.max_output_tokens,
    prices: given.prices,
    enabled: given.enabled,
    averageResponseTimeMs: given.average_response_time_ms,
    name: given.name,
    snapshot: {
      version: given.version ?? datedName(given.upstream_model ?? given.id),
      released: given.released,
      knowledgeCutoff: given.knowledge_cutoff,
      trainingDataUntil: given.training_data_until,
      pinnedDate: given.pinned_date,
    },
  };
});

/** Such as gpt-4o-mini-2024-07-18 or claude-3-opus-20240229: a name with a date is one of a snapshot. */
function datedName(upstreamModel: string): string | undefined {
  return /-20\d\d-?[01]\d-?[0-3]\d$/.test(upstreamModel) ? upstreamModel : undefined;
}
