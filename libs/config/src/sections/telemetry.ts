import { choice, httpUrl, ratio, section } from '../reading/fields.ts';

export interface TelemetryConfiguration {
  /** Base URL of an OTLP/HTTP collector; undefined: no traces are sent. */
  readonly otlpEndpoint: string | undefined;
  /** Share of the calls that are traced, from 0 to 1, where the caller has not decided by its own trace; default 1. */
  readonly sampleRatio: number;
  /** Default info. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const telemetrySection = section({
  otlp_endpoint: httpUrl.optional(),
  sample_ratio: ratio.default(1),
  log_level: choice(['debug', 'info', 'warn', 'error']).default('info'),
}).transform(
  (given): TelemetryConfiguration => ({
    otlpEndpoint: given.otlp_endpoint,
    sampleRatio: given.sample_ratio,
    logLevel: given.log_level,
  }),
);
