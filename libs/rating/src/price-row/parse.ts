// Price rows as people write them, in YAML or JSON, to the rows that calls are priced by.
import type { PriceRow } from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { priceClasses } from '../price-classes.ts';
import { readInstant } from './instant.ts';
import { overlappingRows } from './overlap.ts';
import { faultOfProblems, type Problem, type Report } from './problem.ts';
import { readAbove, readClassPrices, readFactors, readFields, readPerUse, readTiers } from './table.ts';

const rowFields = ['effective_from', 'effective_to', ...priceClasses, 'above', 'tiers', 'factors', 'per_use'];

/** What `prices: free` means: a known zero for everything, always. */
export const freeRow: PriceRow = {
  effectiveFromMicros: 0n,
  effectiveToMicros: undefined,
  free: true,
  prices: {},
  above: [],
  tiers: {},
  factors: {},
  perUse: {},
};

/**
 * One price row as people write it. Numbers come as decimal text: a float is refused, since it may have lost digits.
 * Without `effective_from` the row holds from the beginning. The fault is `invalid` and has a line for each problem.
 */
export function parsePriceRow(input: unknown, path = 'price row'): Result<PriceRow> {
  const problems: Problem[] = [];
  const row = readRow(input, path, (place, message) => problems.push({ path: place, message }));
  return problems.length === 0 ? { ok: true, value: row } : { ok: false, fault: faultOfProblems(problems) };
}

/** What `prices` of a model says: `free`, or rows of which no two hold at the same time. Reports every problem. */
export function readPrices(input: unknown, path: string, report: Report): readonly PriceRow[] {
  if (input === 'free') return [freeRow];
  if (!Array.isArray(input) || input.length === 0) {
    const wrong = input === undefined || input === null ? 'is missing' : 'is no list of prices';
    report(path, `${wrong}; give rows such as - { input: 0.15, output: 0.60 }, or write free`);
    return [];
  }
  const problems: Problem[] = [];
  const rows = input.map((each, index) =>
    readRow(each, `${path}[${index}]`, (place, message) => problems.push({ path: place, message })),
  );
  for (const problem of problems) report(problem.path, problem.message);
  if (problems.length > 0) return rows;
  for (const [left, right] of overlappingRows(rows)) {
    report(`${path}[${right}]`, `holds at the same time as [${left}] of the list; set effective_to of the earlier one`);
  }
  return rows;
}

function readRow(input: unknown, path: string, report: Report): PriceRow {
  const fields = readFields(input, path, rowFields, report);
  const from = isGiven(fields.effective_from)
    ? readInstant(fields.effective_from, `${path}.effective_from`, report)
    : 0n;
  const to = isGiven(fields.effective_to)
    ? readInstant(fields.effective_to, `${path}.effective_to`, report)
    : undefined;
  if (from !== undefined && to !== undefined && to <= from) {
    report(`${path}.effective_to`, 'is not after effective_from; the row would never hold');
  }
  return {
    effectiveFromMicros: from ?? 0n,
    effectiveToMicros: to,
    free: false,
    prices: readClassPrices(fields, path, report),
    above: readAbove(fields.above, `${path}.above`, report),
    tiers: readTiers(fields.tiers, `${path}.tiers`, report),
    factors: readFactors(fields.factors, `${path}.factors`, report),
    perUse: readPerUse(fields.per_use, `${path}.per_use`, report),
  };
}

function isGiven(field: unknown): boolean {
  return field !== undefined && field !== null;
}
