// The parts of a price row that hold prices: its tables, tiers, factors and prices by the piece.
import type { PriceTable, PriceTier, Rational } from '@waybill/contracts';
import { priceClasses } from '../price-classes.ts';
import { readFactor, readTokenCount, readTokenPrice, readUsePrice } from './decimal.ts';
import type { Report } from './problem.ts';
import { suggest } from './spelling.ts';

export type Fields = Readonly<Record<string, unknown>>;

const knownClasses: readonly string[] = priceClasses;
const factorPattern = /^(?:inference_geo|speed)\../;
const namePattern = /^[a-z][a-z0-9_.-]*$/;

/** The fields of a mapping; a problem where it is none, or has fields that are not known. */
export function readFields(input: unknown, path: string, known: readonly string[], report: Report): Fields {
  const fields = readNamed(input, path, report);
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) report(`${path}.${name}`, `is not known here; ${suggest(name, known)}`);
  }
  return fields;
}

/** The prices by class among the fields, pico-USD per token. Each table prices fresh input. */
export function readClassPrices(fields: Fields, path: string, report: Report): Record<string, bigint> {
  const prices: Record<string, bigint> = {};
  for (const name of priceClasses) {
    if (!Object.hasOwn(fields, name) && name !== 'input') continue;
    const price = readTokenPrice(fields[name], `${path}.${name}`, report);
    if (price !== undefined) prices[name] = price;
  }
  const { input, cached_input: cached } = prices;
  if (input !== undefined && cached !== undefined && cached > input) {
    report(`${path}.cached_input`, 'is above input; are the two swapped?');
  }
  return prices;
}

export function readAbove(input: unknown, path: string, report: Report): PriceTable[] {
  if (input === undefined || input === null) return [];
  if (!Array.isArray(input)) {
    report(path, 'is not a list; write - { tokens: 272000, input: 4, output: 15 }');
    return [];
  }
  const tables = input.map((each, index) => {
    const place = `${path}[${index}]`;
    const fields = readFields(each, place, ['tokens', ...knownClasses], report);
    const tokens = readTokenCount(fields.tokens, `${place}.tokens`, report) ?? 0;
    return { tokens, prices: readClassPrices(fields, place, report) };
  });
  tables.sort((left, right) => left.tokens - right.tokens);
  if (tables.some((table, index) => table.tokens > 0 && table.tokens === tables[index - 1]?.tokens)) {
    report(path, 'has two tables for the same number of tokens; keep one');
  }
  return tables;
}

export function readTiers(input: unknown, path: string, report: Report): Record<string, PriceTier> {
  return mapNamed(input, path, report, (each, place) => {
    const fields = readFields(each, place, ['factor', ...knownClasses], report);
    if (!Object.hasOwn(fields, 'factor')) return { prices: readClassPrices(fields, place, report), factor: undefined };
    if (Object.keys(fields).length > 1) report(place, 'has a factor and prices; a tier has one or the other');
    return { prices: {}, factor: readFactor(fields.factor, `${place}.factor`, report) };
  });
}

export function readFactors(input: unknown, path: string, report: Report): Record<string, Rational> {
  return mapNamed(input, path, report, (each, place, name) => {
    if (!factorPattern.test(name)) report(place, 'is not known here; write inference_geo.<value> or speed.<value>');
    return readFactor(each, place, report);
  });
}

export function readPerUse(input: unknown, path: string, report: Report): Record<string, bigint> {
  return mapNamed(input, path, report, (each, place) => readUsePrice(each, place, report));
}

type ReadEntry<Value> = (input: unknown, path: string, name: string) => Value | undefined;

function mapNamed<Value>(input: unknown, path: string, report: Report, read: ReadEntry<Value>): Record<string, Value> {
  const values: Record<string, Value> = {};
  if (input === undefined || input === null) return values;
  for (const [name, each] of Object.entries(readNamed(input, path, report))) {
    const place = `${path}.${name}`;
    if (!namePattern.test(name)) report(place, 'is no name; use lower-case letters, digits, dots and underscores');
    const value = read(each, place, name);
    if (value !== undefined && namePattern.test(name)) values[name] = value;
  }
  return values;
}

function readNamed(input: unknown, path: string, report: Report): Fields {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Fields;
  report(path, 'is not a mapping of names to values');
  return {};
}
