// Numbers in price rows: decimal text in, exact integers and fractions out, a problem for everything else.
import { parseUsd, type Ratio } from '@waybill/kernel';
import { lowestTerms } from '../ratio.ts';
import type { Report } from './problem.ts';

const mostPicoPerToken = 1_000_000_000n;
const mostPicoPerUse = 1_000_000_000_000_000n;
const factorScale = 4;

/** USD per million tokens -> pico-USD per token. */
export function readTokenPrice(input: unknown, path: string, report: Report): bigint | undefined {
  const price = readDecimal(input, path, report, { scale: 6, example: '0.15' });
  if (price === undefined) return undefined;
  if (price < 0n) return refuse(report, path, 'is negative; give the price in USD per million tokens');
  if (price <= mostPicoPerToken) return price;
  return refuse(
    report,
    path,
    `${input} is above 1000 USD per million tokens; check the unit, which is not USD per token`,
  );
}

/** USD each -> pico-USD each. */
export function readUsePrice(input: unknown, path: string, report: Report): bigint | undefined {
  const price = readDecimal(input, path, report, { scale: 12, example: '0.01' });
  if (price === undefined) return undefined;
  if (price < 0n) return refuse(report, path, 'is negative; give the price of one use in USD');
  if (price <= mostPicoPerUse) return price;
  return refuse(report, path, `${input} is above 1000 USD for one use; check the unit, which is USD each`);
}

/** A factor on prices, as an exact fraction. */
export function readFactor(input: unknown, path: string, report: Report): Ratio | undefined {
  const scaled = readDecimal(input, path, report, { scale: factorScale, example: '0.5' });
  if (scaled === undefined) return undefined;
  const denominator = 10n ** BigInt(factorScale);
  if (scaled > 0n && scaled <= 100n * denominator) return lowestTerms({ numerator: scaled, denominator });
  return refuse(report, path, `${input} is no factor; give one above 0 and up to 100`);
}

/** A count of tokens. */
export function readTokenCount(input: unknown, path: string, report: Report): number | undefined {
  const count = readDecimal(input, path, report, { scale: 0, example: '272000' });
  if (count === undefined) return undefined;
  if (count >= 1n && count < 2n ** 32n) return Number(count);
  return refuse(report, path, `${input} is no count of tokens; give a whole number above 0`);
}

interface DecimalForm {
  readonly scale: number;
  readonly example: string;
}

function readDecimal(input: unknown, path: string, report: Report, form: DecimalForm): bigint | undefined {
  if (input === undefined || input === null)
    return refuse(report, path, `is missing; give it, such as ${form.example}`);
  if (typeof input === 'number') {
    return refuse(report, path, 'came as a float, which may have lost digits; pass decimal text (see parseExactJson)');
  }
  if (typeof input !== 'string') return refuse(report, path, `is not a decimal number such as ${form.example}`);
  const value = parseUsd(input, form.scale);
  if (value !== undefined) return value;
  const tooFine = parseUsd(input, 999) !== undefined;
  const wrong = tooFine
    ? `${input} has more than ${form.scale} decimal places; the books are kept in whole pico-dollars`
    : `${JSON.stringify(input)} is not a decimal number such as ${form.example}`;
  return refuse(report, path, wrong);
}

function refuse(report: Report, path: string, message: string): undefined {
  report(path, message);
  return undefined;
}
