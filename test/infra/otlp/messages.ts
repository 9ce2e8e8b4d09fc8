// The part of opentelemetry-proto 1.x that is read here: fields by number, and a reader that skips all others.
import { BinaryReader } from '@bufbuild/protobuf/wire';

type Scalar = 'string' | 'hex' | 'bool' | 'int64' | 'double' | 'fixed64' | 'enum';

interface Field {
  readonly name: string;
  readonly type: Scalar | Message;
  readonly repeated?: true;
}

/** Fields by number. */
type Message = () => Readonly<Record<number, Field>>;

const one = (name: string, type: Field['type']): Field => ({ name, type });
const many = (name: string, type: Field['type']): Field => ({ name, type, repeated: true });

const anyValue: Message = () => ({
  1: one('text', 'string'),
  2: one('flag', 'bool'),
  3: one('whole', 'int64'),
  4: one('number', 'double'),
  5: one('list', arrayValue),
});
const arrayValue: Message = () => ({ 1: many('values', anyValue) });
const keyValue: Message = () => ({ 1: one('key', 'string'), 2: one('value', anyValue) });
const resource: Message = () => ({ 1: many('attributes', keyValue) });
const status: Message = () => ({ 2: one('message', 'string'), 3: one('code', 'enum') });

const span: Message = () => ({
  1: one('traceId', 'hex'),
  2: one('spanId', 'hex'),
  3: one('traceState', 'string'),
  4: one('parentSpanId', 'hex'),
  5: one('name', 'string'),
  6: one('kind', 'enum'),
  7: one('startNanos', 'fixed64'),
  8: one('endNanos', 'fixed64'),
  9: many('attributes', keyValue),
  15: one('status', status),
});
const scopeSpans: Message = () => ({ 2: many('spans', span) });
const resourceSpans: Message = () => ({ 1: one('resource', resource), 2: many('scopes', scopeSpans) });
const tracesRequest: Message = () => ({ 1: many('resources', resourceSpans) });

const numberPoint: Message = () => ({ 4: one('number', 'double'), 7: many('attributes', keyValue) });
const histogramPoint: Message = () => ({
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('bucketCounts', 'fixed64'),
  7: many('bounds', 'double'),
  9: many('attributes', keyValue),
});
const numbers: Message = () => ({ 1: many('points', numberPoint) });
const histograms: Message = () => ({ 1: many('points', histogramPoint) });
const metric: Message = () => ({
  1: one('name', 'string'),
  3: one('unit', 'string'),
  5: one('gauge', numbers),
  7: one('sum', numbers),
  9: one('histogram', histograms),
});
const scopeMetrics: Message = () => ({ 2: many('metrics', metric) });
const resourceMetrics: Message = () => ({ 1: one('resource', resource), 2: many('scopes', scopeMetrics) });
const metricsRequest: Message = () => ({ 1: many('resources', resourceMetrics) });

export interface AnyValue {
  readonly text?: string;
  readonly flag?: boolean;
  readonly whole?: bigint;
  readonly number?: number;
  readonly list?: { readonly values?: readonly AnyValue[] };
}

export interface KeyValue {
  readonly key?: string;
  readonly value?: AnyValue;
}

interface FromResource<Key extends string, Item> {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
  readonly scopes?: readonly { readonly [key in Key]?: readonly Item[] }[];
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
  readonly status?: { readonly message?: string; readonly code?: number };
}

export interface WireNumbers {
  readonly points?: readonly { readonly number?: number; readonly attributes?: readonly KeyValue[] }[];
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
export function readTraces(bytes: Uint8Array): { readonly resources?: readonly FromResource<'spans', WireSpan>[] } {
  return read(new BinaryReader(bytes), bytes.length, tracesRequest);
}

/** What an exporter of metrics has sent. */
export function readMetrics(bytes: Uint8Array): {
  readonly resources?: readonly FromResource<'metrics', WireMetric>[];
} {
  return read(new BinaryReader(bytes), bytes.length, metricsRequest);
}

function read(reader: BinaryReader, end: number, message: Message): Record<string, never> {
  const fields = message();
  const values: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wireType, number);
    else if (field.repeated)
      values[field.name] = [...((values[field.name] as unknown[]) ?? []), ...readMany(reader, field, wireType)];
    else values[field.name] = readOne(reader, field.type);
  }
  return values as Record<string, never>;
}

const lengthDelimited = 2;

/** Numbers that are repeated may come packed into one field. */
function readMany(reader: BinaryReader, { type }: Field, wireType: number): unknown[] {
  const isPacked = wireType === lengthDelimited && (type === 'fixed64' || type === 'double');
  if (!isPacked) return [readOne(reader, type)];
  const items: unknown[] = [];
  for (const end = reader.uint32() + reader.pos; reader.pos < end; ) items.push(readOne(reader, type));
  return items;
}

function readOne(reader: BinaryReader, type: Field['type']): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'hex':
      return Buffer.from(reader.bytes()).toString('hex');
    case 'bool':
      return reader.bool();
    case 'int64':
      return BigInt(reader.int64());
    case 'double':
      return reader.double();
    case 'fixed64':
      return BigInt(reader.fixed64());
    case 'enum':
      return reader.int32();
    default: {
      const length = reader.uint32();
      return read(reader, reader.pos + length, type);
    }
  }
}
