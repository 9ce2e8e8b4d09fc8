/** One aspect of an answer. */
export interface Judgement {
  /** 0 to 10,000. */
  readonly basisPoints: number;
  /** What lowered it, one stable word each. */
  readonly signals: readonly string[];
}
