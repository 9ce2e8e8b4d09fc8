// Whether and where spans and metrics are sent. Nothing of an SDK is loaded where no collector is named.
import { keepContext } from './active.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RpcHooks } from './rpc-hooks.ts';
import type { Spans } from './spans.ts';
import { untraced } from './untraced.ts';

export interface TelemetryOptions {
  /** Base URL of a collector that takes OTLP over HTTP; undefined: nothing is sent. */
  readonly endpoint: string | undefined;
  /** Share of the calls that are traced, where a caller has not decided; from 0 to 1. */
  readonly sampleRatio: number;
  /** Name of this process: of its one service, or `waybill`. */
  readonly serviceName: string;
  /** Which replica it is. */
  readonly instance: string;
  /** The service that a method belongs to, by the method's path; undefined for none of ours. */
  serviceOf(path: string): string | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Telemetry {
  /** What a service traces with. */
  spansOf(service: string): Spans;
  /** For the transports between services; undefined where nothing is traced. */
  readonly rpcHooks: RpcHooks | undefined;
  /** Sends what is buffered and stops; gives up after a few seconds. */
  shutdown(): Promise<void>;
}

/** Once per process at a time. A collector that is down or slow costs spans, which are counted, and nothing else. */
export async function startTelemetry({ endpoint, ...options }: TelemetryOptions): Promise<Telemetry> {
  keepContext();
  if (endpoint === undefined) {
    return { spansOf: () => untraced, rpcHooks: undefined, shutdown: () => Promise.resolve() };
  }
  const { startExporting } = await import('./exporting.ts');
  return startExporting(endpoint, options);
}
