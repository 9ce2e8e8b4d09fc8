// What the gateway needs to know besides its neighbours: bounds of a call's journey, each with its unit and reason.
import type { Configuration, Drain, PresetConfiguration } from '@waybill/config';

export interface JourneySettings {
  /** For the ranking; milliseconds. */
  readonly rankTimeoutMs: number;
  /** The same where an old ranking will do; milliseconds. */
  readonly rankPatienceMs: number;
  /** How old a ranking may be that is used while selector is away; milliseconds. */
  readonly oldRankingMs: number;
  /** How many rankings are kept for that. */
  readonly oldRankings: number;
  /** For an admission, with everything that is tried for it; milliseconds. */
  readonly admitTimeoutMs: number;
  /** For one try to settle, report or hand over; milliseconds. */
  readonly afterwardsTimeoutMs: number;
  /** No attempt begins later than this after the first; milliseconds. */
  readonly totalMs: number;
  /** How long an attempt goes on for its usage when the caller has left; milliseconds. */
  readonly drainMs: number;
  /** How much of the answer may still come then; UTF-8 bytes. */
  readonly drainBytes: number;
  /** The same two where a provider's configuration says otherwise, by its id. */
  readonly drains: ReadonlyMap<string, Drained>;
  /** A caller that reads nothing for this long counts as gone; milliseconds. */
  readonly stallMs: number;
  /** Parts that may wait for a caller that reads slowly. */
  readonly waitingParts: number;
  /** An answer larger than this is not kept for repeats, nor judged; bytes. */
  readonly keptBytes: number;
  /** An answer of a `whole` route larger than this is given up; bytes. */
  readonly wholeBytes: number;
  /** What is not durable within this time closes the gateway for new calls; milliseconds. */
  readonly durableWithinMs: number;
  /** How long the gateway's name outlives its last renewal: so long a dead gateway's calls stay open; milliseconds. */
  readonly nameTtlMs: number;
  /** How often one gateway looks for calls that dead ones have left open; milliseconds. */
  readonly sweepEveryMs: number;
  /** Calls are taken in this long after the start at the latest, with those before it ended or not; milliseconds. */
  readonly sweepFirstMs: number;
  /** Whether answers are handed to evaluator. */
  readonly evaluate: boolean;
  /** By the names that callers ask for. */
  readonly presets: ReadonlyMap<string, PresetConfiguration>;
}

export type Drained = Pick<JourneySettings, 'drainMs' | 'drainBytes'>;

/** A token has about as many bytes, so that a bound in tokens can be kept without a tokenizer. */
const bytesOfToken = 4;

const defaults: Omit<JourneySettings, 'evaluate' | 'presets' | 'drains'> = {
  rankTimeoutMs: 2_000,
  rankPatienceMs: 1_000,
  oldRankingMs: 600_000,
  oldRankings: 1_000,
  admitTimeoutMs: 5_000,
  afterwardsTimeoutMs: 2_000,
  totalMs: 600_000,
  drainMs: 10_000,
  drainBytes: 1_048_576,
  stallMs: 60_000,
  waitingParts: 64,
  keptBytes: 4_194_304,
  wholeBytes: 33_554_432,
  durableWithinMs: 2_000,
  nameTtlMs: 10_000,
  sweepEveryMs: 2_500,
  sweepFirstMs: 500,
};

export function journeySettings({
  evaluator,
  presets,
  providers,
}: Pick<Configuration, 'evaluator' | 'presets' | 'providers'>): JourneySettings {
  return {
    ...defaults,
    drains: new Map(providers.flatMap(({ id, drain }) => (drain ? [[id, drainedAs(drain)] as const] : []))),
    evaluate: evaluator.enabled,
    presets: new Map(presets.map((preset) => [preset.name, preset])),
  };
}

function drainedAs({ withinMs, tokens }: Drain): Drained {
  return { drainMs: withinMs, drainBytes: tokens * bytesOfToken };
}
