import { choice, httpUrl, section } from '../reading/fields.ts';

export interface TelemetryConfiguration {
  /** Base URL of an OTLP/HTTP collector; undefined: no traces are sent. */
  readonly otlpEndpoint: string | undefined;
  /** Default info. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const telemetrySection = section({
  otlp_endpoint: httpUrl.optional(),
  log_level: choice(['debug', 'info', 'warn', 'error']).default('info'),
}).transform((given): TelemetryConfiguration => ({ otlpEndpoint: given.otlp_endpoint, logLevel: given.log_level }));
