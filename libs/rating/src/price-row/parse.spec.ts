import { describe, expect, test } from '@jest/globals';
import { freeRow, type Problem, parseExactJson, parsePriceRow, readPrices } from '../index.ts';

function problemsOf(input: unknown): Problem[] {
  const problems: Problem[] = [];
  readPrices(input, 'models[0].prices', (path, message) => problems.push({ path, message }));
  return problems;
}

describe('a price row', () => {
  test('is read exactly, to pico-USD per token', () => {
    const parsed = parsePriceRow({
      effective_from: '2026-10-07',
      effective_to: '2026-12-01T12:30:00+01:00',
      input: '2',
      cached_input: '0.10',
      cache_write_5m: '2.5',
      output: '10',
      above: [{ tokens: '272000', input: '4', output: '15' }],
      tiers: { batch: { factor: '0.5' }, priority: { input: '5', output: '30' } },
      factors: { 'inference_geo.us': '1.1', 'speed.fast': '2' },
      per_use: { web_search: '0.01' },
    });
    expect(parsed).toEqual({
      ok: true,
      value: {
        effectiveFromMicros: BigInt(Date.UTC(2026, 9, 7)) * 1000n,
        effectiveToMicros: BigInt(Date.UTC(2026, 11, 1, 11, 30)) * 1000n,
        free: false,
        prices: { input: 2_000_000n, cached_input: 100_000n, cache_write_5m: 2_500_000n, output: 10_000_000n },
        above: [{ tokens: 272_000, prices: { input: 4_000_000n, output: 15_000_000n } }],
        tiers: {
          batch: { prices: {}, factor: { numerator: 1n, denominator: 2n } },
          priority: { prices: { input: 5_000_000n, output: 30_000_000n }, factor: undefined },
        },
        factors: {
          'inference_geo.us': { numerator: 11n, denominator: 10n },
          'speed.fast': { numerator: 2n, denominator: 1n },
        },
        perUse: { web_search: 10_000_000_000n },
      },
    });
  });

  test('without dates holds from the beginning and for ever', () => {
    const parsed = parsePriceRow({ input: '1', effective_to: null });
    expect(parsed.ok && parsed.value).toMatchObject({ effectiveFromMicros: 0n, effectiveToMicros: undefined });
  });

  test('comes out of JSON without passing through a float', () => {
    const parsed = parsePriceRow(
      parseExactJson('{"input": 0.0375, "output": 1.5e-1, "above": [{"tokens": 10, "input": 1}]}'),
    );
    expect(parsed.ok && parsed.value.prices).toEqual({ input: 37_500n, output: 150_000n });
  });
});

describe('a row that is wrong says where and what to do', () => {
  test.each([
    [{}, 'input', 'is missing'],
    [{ input: '-1' }, 'input', 'is negative'],
    [{ input: 0.15 }, 'input', 'float'],
    [{ input: 'cheap' }, 'input', 'not a decimal number'],
    [{ input: true }, 'input', 'not a decimal number'],
    [{ input: '0.0000001' }, 'input', 'more than 6 decimal places'],
    [{ input: '1000.01' }, 'input', 'above 1000 USD per million tokens'],
    [{ input: '1', cached_input: '2' }, 'cached_input', 'above input'],
    [{ input: '1', inptu: '1' }, 'inptu', 'did you mean input?'],
    [{ input: '1', cache_write: '1' }, 'cache_write', 'did you mean cache_write_5m?'],
    [{ input: '1', effective_from: '2026-02-31' }, 'effective_from', 'is no time'],
    [{ input: '1', effective_from: '2026-01-01T00:00:00' }, 'effective_from', 'is no time'],
    [{ input: '1', effective_from: '2026-02-01', effective_to: '2026-02-01' }, 'effective_to', 'not after'],
    [{ input: '1', above: { tokens: '1' } }, 'above', 'not a list'],
    [{ input: '1', above: [{ tokens: '0', input: '1' }] }, 'above[0].tokens', 'no count of tokens'],
    [{ input: '1', above: [{ tokens: '5' }] }, 'above[0].input', 'is missing'],
    [
      {
        input: '1',
        above: [
          { tokens: '5', input: '1' },
          { tokens: '5', input: '2' },
        ],
      },
      'above',
      'two tables',
    ],
    [{ input: '1', tiers: { batch: { factor: '0' } } }, 'tiers.batch.factor', 'no factor'],
    [{ input: '1', tiers: { batch: { factor: '0.5', input: '1' } } }, 'tiers.batch', 'one or the other'],
    [{ input: '1', tiers: { batch: '0.5' } }, 'tiers.batch', 'not a mapping'],
    [{ input: '1', factors: { fast: '2' } }, 'factors.fast', 'inference_geo.<value> or speed.<value>'],
    [{ input: '1', per_use: { web_search: '-1' } }, 'per_use.web_search', 'is negative'],
    [{ input: '1', per_use: { ['__proto__']: '1' } }, 'per_use.__proto__', 'is no name'],
  ])('%j', (row, field, message) => {
    const problems = problemsOf([row]);
    const paths = problems.map((problem) => problem.path);
    expect(paths).toContain(`models[0].prices[0].${field}`);
    expect(problems.find((problem) => problem.path.endsWith(field))?.message).toContain(message);
  });

  test.each([
    [undefined, 'is missing'],
    [[], 'no list of prices'],
    ['fre', 'no list of prices'],
  ])('prices that are none: %j', (prices, message) => {
    expect(problemsOf(prices)).toEqual([{ path: 'models[0].prices', message: expect.stringContaining(message) }]);
  });

  test('all problems are told at once, and the fault names the first field', () => {
    const parsed = parsePriceRow({ input: '-1', output: 'x' }, 'prices[0]');
    expect(!parsed.ok && parsed.fault.details).toEqual({ field: 'prices[0].input' });
    expect(!parsed.ok && parsed.fault.message.split('\n')).toHaveLength(2);
  });
});

describe('rows together', () => {
  test('may follow each other without a gap, in any order', () => {
    const later = { effective_from: '2027-01-01', input: '1.5' };
    const earlier = { effective_from: '2026-01-01', effective_to: '2027-01-01', input: '0.75' };
    expect(problemsOf([later, earlier])).toEqual([]);
  });

  test('may not hold at the same time', () => {
    const rows = [
      { effective_from: '2027-01-01', input: '1.5' },
      { effective_from: '2026-01-01', input: '0.75' },
    ];
    expect(problemsOf(rows)).toEqual([
      { path: 'models[0].prices[0]', message: expect.stringContaining('at the same time as [1]') },
    ]);
  });

  test('free is one row', () => {
    expect(readPrices('free', 'prices', () => {})).toEqual([freeRow]);
  });
});
