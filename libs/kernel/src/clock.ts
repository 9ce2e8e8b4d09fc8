/** Microseconds since 1970-01-01 UTC. */
export type Micros = bigint;

/** Time comes from outside; nothing in core reads it by itself. */
export interface Clock {
  /** Wall-clock time in microseconds UTC; never goes back within one process. */
  nowMicros(): Micros;
  /** Milliseconds of a steady clock, for durations only. */
  monotonicMs(): number;
}
