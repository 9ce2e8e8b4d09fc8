import { flag, section, wholeNumber } from '../reading/fields.ts';

export interface EvaluatorConfiguration {
  /** Whether answers are scored; default true. */
  readonly enabled: boolean;
  /** Answers that may wait for their score; more are skipped and counted. Default 1,024. */
  readonly queueSize: number;
}

export const evaluatorSection = section({
  enabled: flag.default(true),
  queue_size: wholeNumber({ least: 1, most: 1_000_000, unit: 'answers' }).default(1_024),
}).transform((given): EvaluatorConfiguration => ({ enabled: given.enabled, queueSize: given.queue_size }));
