export interface EvaluatorConfiguration {
  /** Whether answers are scored; default true. */
  readonly enabled: boolean;
  /** Answers that may wait for their score; more are skipped and counted. Default 1,024. */
  readonly queueSize: number;
}
