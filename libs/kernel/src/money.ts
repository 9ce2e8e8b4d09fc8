/** An amount in pico-USD: 10^12 of them are one US dollar. */
export type PicoUsd = bigint;

/** An exact fraction; the denominator is positive. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const picoUsdPerUsd = 1_000_000_000_000n;
export const int64Max = 2n ** 63n - 1n;
export const int64Min = -(2n ** 63n);

/** The value, if a stored int64 can hold it; throws a RangeError that names what it is otherwise. */
export function checkedInt64(value: bigint, what: string): bigint {
  if (value > int64Max || value < int64Min) throw new RangeError(`${what} is ${value}, which no int64 can hold`);
  return value;
}

/** The sum of amounts. */
export function addPico(amounts: Iterable<PicoUsd>): PicoUsd {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
}

/** value x ratio, rounded once to a whole number, half to even. */
export function multiplyHalfEven(value: bigint, ratio: Ratio): bigint {
  const product = value * ratio.numerator;
  let quotient = product / ratio.denominator;
  let remainder = product % ratio.denominator;
  if (remainder < 0n) {
    quotient -= 1n;
    remainder += ratio.denominator;
  }
  const twice = remainder * 2n;
  if (twice > ratio.denominator || (twice === ratio.denominator && quotient % 2n !== 0n)) quotient += 1n;
  return quotient;
}

const decimalPattern = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads decimal text such as `0.15` or `1e-7` exactly, scaled by 10^`scale` (12 for an amount in USD, 6 for USD per
 * million tokens). Undefined when it is no decimal number or has more places than the scale keeps.
 */
export function parseUsd(text: string, scale = 12): bigint | undefined {
  const match = decimalPattern.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = scale - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  if (digits % divisor !== 0n) return undefined;
  const scaled = shift < 0 ? digits / divisor : digits * 10n ** BigInt(shift);
  return sign === '-' ? -scaled : scaled;
}

/** The exact amount in USD as decimal text without trailing zeros, such as `0.0005253`. */
export function formatUsd(amount: PicoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`;
}
