// The OpenTelemetry SDK, loaded only when an endpoint is configured.
export interface RunningTelemetry {
  /** Sends what is buffered and stops; bounded in time by the exporter's own timeout. */
  shutdown(): Promise<void>;
}

/** Starts exporting spans over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; costs nothing otherwise. */
export async function startTelemetry(options: {
  readonly endpoint: string | undefined;
  readonly serviceName: string;
}): Promise<RunningTelemetry> {
  if (options.endpoint === undefined) return { shutdown: async () => {} };
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({ serviceName: options.serviceName });
  sdk.start();
  return { shutdown: () => sdk.shutdown() };
}
