// Exact fractions in lowest terms.
import type { Ratio } from '@waybill/kernel';

export const one: Ratio = { numerator: 1n, denominator: 1n };

export function productOf(ratios: readonly Ratio[]): Ratio {
  const numerator = ratios.reduce((product, ratio) => product * ratio.numerator, 1n);
  const denominator = ratios.reduce((product, ratio) => product * ratio.denominator, 1n);
  return lowestTerms({ numerator, denominator });
}

export function lowestTerms({ numerator, denominator }: Ratio): Ratio {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export function isOne(ratio: Ratio): boolean {
  return ratio.numerator === ratio.denominator;
}

export function largerOf(left: Ratio, right: Ratio): Ratio {
  return left.numerator * right.denominator >= right.numerator * left.denominator ? left : right;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}
