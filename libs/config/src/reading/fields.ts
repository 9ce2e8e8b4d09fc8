// The kinds of values a section can have. Scalars arrive as text; a message says what to write instead.
import { int64Max, parseUsd, Secret } from '@waybill/kernel';
import { suggest } from '@waybill/rating';
import { z } from 'zod';

type Shown = { readonly input?: unknown };

/** Never shows the value: it may be a secret in the wrong place. */
function give(what: string) {
  return {
    error: ({ input }: Shown) =>
      input === undefined || input === null ? `is missing; give ${what}` : `is wrong; give ${what}`,
  };
}

/** A mapping. The message for names it does not know has a line for each. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => `is not known here; ${suggest(name, known)}`).join('\n')
        : `is wrong; give a mapping with ${known.slice(0, 3).join(', ')}`,
  });
}

export const text = z.string(give('some text')).trim().min(1, give('some text'));

/** Ids appear in URLs, headers, metrics and other ids. */
export const identifier = z
  .string(give('an id'))
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/,
    give('an id of letters, digits and . _ - : / @, at most 128 characters'),
  );

const givesSecret = give('the secret, best by the name of an environment variable');

export const secret = z
  .string(givesSecret)
  .min(1, givesSecret)
  .transform((value) => new Secret(value));

export function wholeNumber(range: { least: number; most?: number; unit: string }) {
  const most = range.most ?? Number.MAX_SAFE_INTEGER;
  const atMost = range.most === undefined ? '' : ` and at most ${most}`;
  const what = give(`a whole number (${range.unit}), ${range.least} or more${atMost}`);
  return z
    .string(what)
    .regex(/^\d{1,16}$/, { ...what, abort: true })
    .transform(Number)
    .refine((value) => value >= range.least && value <= most, what);
}

export const milliseconds = wholeNumber({ least: 0, most: 86_400_000, unit: 'milliseconds' });
export const port = wholeNumber({ least: 0, most: 65_535, unit: 'port' });

const givesRatio = give('a number from 0 to 1, such as 0.1');

export const ratio = z
  .string(givesRatio)
  .regex(/^(?:0|1|0?\.\d{1,9}|1\.0+)$/, { ...givesRatio, abort: true })
  .transform(Number);

const givesDay = give('a day such as 2024-04-09, or a month such as 2024-04');

/** A day, or a month or year where no more is known; it stays as it was written. */
export const day = z.string(givesDay).regex(/^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/, givesDay);

export const flag = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')],
  give('true or false'),
);

export function choice<const Value extends string>(values: readonly Value[]) {
  return z.enum(values, give(`one of ${values.join(', ')}`));
}

/** USD -> pico-USD, above zero and within what a ledger line holds. */
export const amountUsd = z.string(give('an amount in USD such as 500')).transform((value, context) => {
  const amount = parseUsd(value, 12);
  if (amount !== undefined && amount > 0n && amount <= int64Max) return amount;
  context.issues.push({
    code: 'custom',
    input: value,
    message: 'is wrong; give an amount in USD above 0 and below 9,000,000, such as 500 or 0.25',
  });
  return z.NEVER;
});

/** A share such as 0.8 -> 8,000 basis points. */
export const share = z.string(give('a share such as 0.8')).transform((value, context) => {
  const basisPoints = parseUsd(value, 4);
  if (basisPoints !== undefined && basisPoints > 0n && basisPoints <= 10_000n) return Number(basisPoints);
  context.issues.push({
    code: 'custom',
    input: value,
    message: 'is wrong; give a share of the amount above 0 and up to 1, such as 0.8',
  });
  return z.NEVER;
});

/** An http or https address, without credentials in it and without a slash at its end. */
export const httpUrl = z.string(give('an address such as https://api.example.com/v1')).transform((value, context) => {
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '') {
    return value.trim().replace(/\/+$/, '');
  }
  const message =
    'is wrong; give an address with http:// or https://, without user name and password, such as https://api.example.com/v1';
  context.issues.push({ code: 'custom', input: value, message });
  return z.NEVER;
});
