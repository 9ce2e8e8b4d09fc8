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
