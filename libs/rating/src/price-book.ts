// The prices of all models at all times, under one version.
import { createHash } from 'node:crypto';
import type { PriceCard, PriceRow } from '@waybill/contracts';
import type { Micros } from '@waybill/kernel';
import { compareStart, holdsBetween } from './price-row/overlap.ts';

/** A model and its prices; no two of the rows hold at the same time. */
export interface PricedModel {
  readonly id: string;
  readonly prices: readonly PriceRow[];
}

export interface PriceBook {
  /** The first 16 hexadecimal digits of the SHA-256 of the content: same prices, same version, in whatever order. */
  readonly version: string;
  /** The price that holds at a moment; undefined when there is none, which is not a price of zero. */
  cardFor(modelId: string, at: Micros): PriceCard | undefined;
  /** The rows that hold at some moment from `from` up to and with `to`, earliest first. */
  rowsBetween(modelId: string, from: Micros, to: Micros): readonly PriceRow[];
}

export function priceBook(models: readonly PricedModel[]): PriceBook {
  const rowsByModel = new Map(models.map((model) => [model.id, model.prices.toSorted(compareStart)]));
  const version = createHash('sha256')
    .update(canonical([...rowsByModel].sort(([left], [right]) => (left < right ? -1 : 1))))
    .digest('hex')
    .slice(0, 16);
  const rowsBetween = (modelId: string, from: Micros, to: Micros) =>
    (rowsByModel.get(modelId) ?? []).filter((row) => holdsBetween(row, from, to));
  return {
    version,
    rowsBetween,
    cardFor(modelId, at) {
      const row = rowsBetween(modelId, at, at)[0];
      return row && { priceVersion: version, row };
    },
  };
}

/** JSON with the names of objects in order, integers as text and nothing for what is undefined. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}
