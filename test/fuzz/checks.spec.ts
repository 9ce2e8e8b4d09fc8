// The checks of the fuzz runs notice what they are there for, and the same seed gives the same inputs.
import { expect, test } from '@jest/globals';
import { FinishReason, type ReplyPart, Usage } from '@waybill/contracts';
import type { ProviderFault } from '@waybill/providers';
import { faultProblems, hasTerminator, isPolluted, partProblems, replyProblems } from './checks.ts';
import { inputsOf } from './draw-input.ts';
import { jsonSpans } from './json-spans.ts';
import { readInput } from './read-input.ts';

const finish: ReplyPart = {
  part: {
    $case: 'finish',
    value: { reason: FinishReason.STOP, rawReason: '', stopSequence: '', filterCategories: [] },
  },
};
const fault = { kind: 'upstream', message: 'm', details: {} } as unknown as ProviderFault;

test('an answer ends with its one finish', () => {
  expect(replyProblems([finish])).toEqual([]);
  expect(replyProblems([])).toHaveLength(2);
  expect(replyProblems([finish, finish])).toHaveLength(1);
});

test('figures are counts, and parts can be sent on', () => {
  const usage = (inputTokens: number): ReplyPart => ({
    part: { $case: 'usage', value: Usage.fromPartial({ inputTokens }) },
  });
  expect(partProblems([usage(7)])).toEqual([]);
  expect(() => partProblems([usage(-1)])).toThrow();
  expect(() => partProblems([{ part: { $case: 'embedding', value: { index: 0, values: [1e308] } } }])).toThrow();
});

test('faults are of a known kind, and bounded', () => {
  expect(faultProblems(fault)).toEqual([]);
  expect(faultProblems({ ...fault, retryAfterMs: -1 })).toHaveLength(1);
  expect(faultProblems({ ...fault, message: 'x'.repeat(2_000) })).toHaveLength(1);
  expect(faultProblems({ ...fault, details: { provider_code: 'x'.repeat(2_000) } })).toHaveLength(1);
});

test('a stream without its terminator is none that may succeed', () => {
  expect(hasTerminator('openai', [{ data: '{}' }])).toBe(false);
  expect(hasTerminator('openai', [{ data: '{}' }, { data: '[DONE]' }])).toBe(true);
  expect(hasTerminator('ollama', [{ data: '{"done":false}' }])).toBe(false);
});

test('a member on what every object has is seen', () => {
  expect(isPolluted()).toBe(false);
  Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true });
  expect(isPolluted()).toBe(true);
  Reflect.deleteProperty(Object.prototype, 'polluted');
});

test('the same seed and number give the same input', () => {
  expect(inputsOf(3).draw(99)).toEqual(inputsOf(3).draw(99));
  expect(inputsOf(4).draw(99)).not.toEqual(inputsOf(3).draw(99));
});

test('every input of the corpus is read as it should', () => {
  const { recorded } = inputsOf(1);
  expect(recorded.length).toBeGreaterThan(300);
  expect(recorded.flatMap((input) => readInput(input).problems)).toEqual([]);
});

test('the values and names of JSON are found', () => {
  const text = '{"a":[1,"x"]}';
  const { values, names } = jsonSpans(text);
  expect(names.map(({ from, to }) => text.slice(from, to))).toEqual(['"a"']);
  expect(values.map(({ from, to }) => text.slice(from, to))).toEqual(['1', '"x"', '[1,"x"]', text]);
});
