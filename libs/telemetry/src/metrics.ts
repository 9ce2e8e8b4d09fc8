// Metrics for Prometheus. Labels are few and of small range: never a tenant, key, user or call id.
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** A gauge that is looked up when somebody asks for it. */
  watch(name: string, help: string, watched: Watched): void;
  /** Buckets in the unit that the name ends with. */
  histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Histogram;
  /** The text that a Prometheus server scrapes. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Everything as it is now, for other ways to send it. */
  snapshot(): Promise<readonly MetricSnapshot[]>;
}

export interface Watched {
  readonly labels?: readonly string[];
  /** The values of now. What takes longer than a second, or throws, is left out of the answer. */
  read(): Promise<readonly Reading[]> | readonly Reading[];
}

export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  /** counter, gauge or histogram. */
  readonly type: string;
  /** Of a histogram, each bound, sum and count is one, told apart by `metricName`. */
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number | undefined>>;
    readonly value: number;
    readonly metricName?: string;
  }[];
}

/** A registry of its own, so that two gateways in one process (as in tests) do not meet. */
export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    watch: (name, help, watched) => watch(name, help, watched, registry),
    histogram: (name, help, labels, buckets) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    snapshot: async () => (await registry.getMetricsAsJSON()) as unknown as MetricSnapshot[],
  };
}

const readWithinMs = 1_000;

function watch(name: string, help: string, { labels = [], read }: Watched, registry: Registry): void {
  const collect = async () => {
    const readings = await Promise.race([attempt(read), sleep(readWithinMs, [], { ref: false })]);
    gauge.reset();
    // Without labels it would show a zero that nobody has read.
    if (labels.length === 0) gauge.remove();
    for (const { labels: own = {}, value } of readings) gauge.set(own, value);
  };
  const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry], collect });
}

async function attempt(read: Watched['read']): Promise<readonly Reading[]> {
  try {
    return await read();
  } catch {
    return [];
  }
}
