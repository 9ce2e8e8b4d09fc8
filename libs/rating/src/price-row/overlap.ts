import type { PriceRow } from '@waybill/contracts';
import type { Micros } from '@waybill/kernel';

/** Whether a row holds at some moment from `from` up to, and with, `to`. */
export function holdsBetween(row: PriceRow, from: Micros, to: Micros): boolean {
  return row.effectiveFromMicros <= to && (row.effectiveToMicros === undefined || from < row.effectiveToMicros);
}

/** Indexes of pairs of rows that hold at the same time, the one that holds earlier first. */
export function overlappingRows(rows: readonly PriceRow[]): readonly (readonly [number, number])[] {
  const inOrder = rows.map((row, index) => ({ row, index })).sort((left, right) => compareStart(left.row, right.row));
  return inOrder.flatMap((each, place) => {
    const next = inOrder[place + 1];
    if (next === undefined) return [];
    const start = next.row.effectiveFromMicros;
    return holdsBetween(each.row, start, start) ? [[each.index, next.index] as const] : [];
  });
}

export function compareStart(left: PriceRow, right: PriceRow): number {
  return left.effectiveFromMicros < right.effectiveFromMicros
    ? -1
    : Number(left.effectiveFromMicros > right.effectiveFromMicros);
}
