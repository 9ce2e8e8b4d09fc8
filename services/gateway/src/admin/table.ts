import { formatUsd } from '@waybill/kernel';

type Row = Readonly<Record<string, unknown>>;

/** Lines with a heading, columns padded to their widest value. */
export function table(rows: readonly Row[], columns: readonly string[]): string[] {
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '-')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)));
  return cells.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join('  ')
      .trimEnd(),
  );
}

/** The same, or, where there are no rows, a sentence that says so. */
export function tableOr(rows: readonly Row[], columns: readonly string[], none: string): string[] {
  return rows.length === 0 ? [none] : table(rows, columns);
}

const pico = /_pico_usd$/;

/** Amounts in dollars, as people read them: `spent_pico_usd` becomes `spent_usd`. */
export function inDollars(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) =>
    pico.test(name) && value !== null && value !== undefined
      ? [name.replace(pico, '_usd'), formatUsd(BigInt(String(value)))]
      : [name, value],
  );
  return Object.fromEntries(entries);
}
