export interface TelemetryConfiguration {
  /** Base URL of an OTLP/HTTP collector; undefined: no traces are sent. */
  readonly otlpEndpoint: string | undefined;
  /** Default info. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}
