export interface AnyValue {
  readonly text?: string;
  readonly flag?: boolean;
  readonly whole?: bigint;
  readonly number?: number;
  readonly list?: {
    readonly values?: readonly AnyValue[];
  };
}
export interface KeyValue {
  readonly key?: string;
  readonly value?: AnyValue;
}
interface FromResource<Key extends string, Item> {
  readonly resource?: {
    readonly attributes?: readonly KeyValue[];
  };
  readonly scopes?: readonly {
    readonly [key in Key]?: readonly Item[];
  }[];
}
export interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes?: readonly KeyValue[];
  readonly status?: {
    readonly message?: string;
    readonly code?: number;
  };
}
export interface WireNumbers {
  readonly points?: readonly {
    readonly number?: number;
    readonly attributes?: readonly KeyValue[];
  }[];
}
export interface WireMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: WireNumbers;
  readonly sum?: WireNumbers;
  readonly histogram?: {
    readonly points?: readonly {
      readonly count?: bigint;
      readonly sum?: number;
      readonly bucketCounts?: readonly bigint[];
      readonly bounds?: readonly number[];
      readonly attributes?: readonly KeyValue[];
    }[];
  };
}
/** What an exporter of spans has sent. */
export declare function readTraces(bytes: Uint8Array): {
  readonly resources?: readonly FromResource<'spans', WireSpan>[];
};
/** What an exporter of metrics has sent. */
export declare function readMetrics(bytes: Uint8Array): {
  readonly resources?: readonly FromResource<'metrics', WireMetric>[];
};
