/** The simulators that the process starts itself for providers of kind simulator without a base_url. */
export interface SimulatorConfiguration {
  /** Same seed, same answers; default 1. */
  readonly seed: number;
  /** Wait before the first byte of an answer; default 0. */
  readonly firstByteMs: number;
  /** Wait between two chunks of a stream; default 0. */
  readonly betweenChunksMs: number;
}
