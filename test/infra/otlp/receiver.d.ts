import { type KeyValue, type WireMetric } from './messages.ts';
export type AttributeValue = string | number | boolean | readonly AttributeValue[];
export type Attributes = Readonly<Record<string, AttributeValue>>;
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly startNanos: bigint;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
  /** Of the process that sent it. */
  readonly resource: Attributes;
}
export interface ReceivedMetric extends WireMetric {
  readonly resource: Attributes;
}
/** `takes` what is sent; `refuses` it as a collector that is overloaded; `deaf`: it never answers. */
export type Behaviour = 'takes' | 'refuses' | 'deaf';
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly ReceivedMetric[];
  /** Requests so far, whatever became of them. */
  readonly requests: number;
  /** Whether these characters were anywhere in what was sent. */
  mentions(text: string): boolean;
  behave(behaviour: Behaviour): void;
  /** Resolves with what `find` gives once it gives something; throws after the time given, default 10,000 ms. */
  until<Found>(find: (spans: readonly ReceivedSpan[]) => Found | undefined, withinMs?: number): Promise<Found>;
  stop(): Promise<void>;
}
export declare function startOtlpReceiver(): Promise<OtlpReceiver>;
export declare function attributesOf(pairs?: readonly KeyValue[]): Attributes;
