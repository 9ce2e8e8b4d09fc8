import { z } from 'zod';
import { choice, httpUrl, ratio, section } from '../reading/fields.ts';

export interface TelemetryConfiguration {
  /** Base URL of an OTLP/HTTP collector; undefined: no traces are sent. */
  readonly otlpEndpoint: string | undefined;
  /** Share of the calls that are traced, from 0 to 1, where the caller has not decided by its own trace; default 1. */
  readonly sampleRatio: number;
  /** Default info. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Levels as other systems call them, in any case; what is critical there is an error here. */
const otherLevels: Readonly<Record<string, (typeof levels)[number]>> = { warning: 'warn', critical: 'error' };

function ourLevel(given: unknown): unknown {
  const level = typeof given === 'string' ? given.toLowerCase() : given;
  return otherLevels[level as string] ?? level;
}

export const telemetrySection = section({
  otlp_endpoint: httpUrl.optional(),
  sample_ratio: ratio.default(1),
  log_level: z.preprocess(ourLevel, choice(levels)).default('info'),
}).transform(
  (given): TelemetryConfiguration => ({
    otlpEndpoint: given.otlp_endpoint,
    sampleRatio: given.sample_ratio,
    logLevel: given.log_level,
  }),
);
