import { milliseconds, section, wholeNumber } from '../reading/fields.ts';

/** The simulators that the process starts itself for providers of kind simulator without a base_url. */
export interface SimulatorConfiguration {
  /** Same seed, same answers; default 1. */
  readonly seed: number;
  /** Wait before the first byte of an answer; default 0. */
  readonly firstByteMs: number;
  /** Wait between two chunks of a stream; default 0. */
  readonly betweenChunksMs: number;
}

export const simulatorSection = section({
  seed: wholeNumber({ least: 0, most: 2 ** 32 - 1, unit: 'seed' }).default(1),
  first_byte_ms: milliseconds.default(0),
  between_chunks_ms: milliseconds.default(0),
}).transform(
  (given): SimulatorConfiguration => ({
    seed: given.seed,
    firstByteMs: given.first_byte_ms,
    betweenChunksMs: given.between_chunks_ms,
  }),
);
