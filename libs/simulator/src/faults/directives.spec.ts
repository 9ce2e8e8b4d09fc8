import { describe, expect, test } from '@jest/globals';
import { joinDirectives, parseDirectives } from './directives.ts';
import { parseFault } from './fault.ts';

describe('parseDirectives', () => {
  test('reads several at once', () => {
    expect(parseDirectives('fault=reset-after:3&output=500&usage=missing&split=1')).toEqual({
      faults: [{ kind: 'break-after', how: 'reset', frames: 3 }],
      faultNames: ['reset-after:3', 'usage-missing'],
      answer: { outputTokens: 500 },
      cache: {},
      usage: 'missing',
      splitBytes: 1,
    });
  });

  test.each(['fault=explode', 'usage=wrong', 'output=-1', 'output=many', 'weather=fine', 'fault=reset-after:x'])(
    'refuses %s',
    (text) => {
      expect(() => parseDirectives(text)).toThrow(/directive/);
    },
  );

  test('the nearer one wins, faults add up', () => {
    const joined = joinDirectives(parseDirectives('output=5&fault=comments'), parseDirectives('output=9&fault=pings'));
    expect(joined.answer.outputTokens).toBe(9);
    expect(joined.faults).toEqual([{ kind: 'comments' }, { kind: 'pings' }]);
  });
});

describe('parseFault', () => {
  test.each([
    ['reset', { kind: 'break-before-headers', how: 'reset' }],
    ['stall-after', { kind: 'break-after', how: 'stall', frames: 1 }],
    ['cut-frame:2', { kind: 'break-after', how: 'end', frames: 2, half: true }],
    ['drip:10:50', { kind: 'drip', bytes: 10, everyMs: 50 }],
    ['html-200', { kind: 'decoy', decoy: 'html' }],
  ])('%s', (text, expected) => {
    expect(parseFault(text)).toEqual(expected);
  });

  test('statuses and their retry hints', () => {
    expect(parseFault('rate-limit:date:30')).toMatchObject({
      refusal: { refusal: 'rate-limit', retry: { form: 'date', seconds: 30 } },
    });
    expect(parseFault('status:503')).toMatchObject({ refusal: { refusal: 'unavailable', status: 503 } });
    expect(parseFault('status:418')).toMatchObject({ refusal: { refusal: 'invalid', status: 418 } });
    expect(parseFault('status:200')).toBeUndefined();
    expect(parseFault('rate-limit:tomorrow')).toBeUndefined();
  });
});
