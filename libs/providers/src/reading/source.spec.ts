import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly, writeJson } from './exact.ts';
import { firstElementOf, sourceOf } from './source.ts';

test('finds the exact text of a value', () => {
  const json = '{ "a" : [1, "}\\"{"], "b\\u0061" : {"usage" : { "n": 1.50e3 ,"s":"x]" }}, "usage":null}';
  expect(sourceOf(json, ['ba', 'usage'])).toBe('{ "n": 1.50e3 ,"s":"x]" }');
  expect(sourceOf(json, ['usage'])).toBe('null');
  expect(sourceOf(json, ['ba', 'usage', 'n'])).toBe('1.50e3');
  expect(sourceOf(json, ['a', 'usage'])).toBeUndefined();
  expect(sourceOf(json, ['missing'])).toBeUndefined();
});

test('of members with the same name the last one counts', () => {
  expect(sourceOf('{"usage":1,"usage":2}', ['usage'])).toBe('2');
});

test('agrees with JSON.parse on any JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat({ max: 4 }), (value, indent) => {
      const json = JSON.stringify(value, undefined, indent);
      for (const [name, member] of Object.entries(JSON.parse(json))) {
        expect(JSON.parse(sourceOf(json, [name]) ?? 'undefined')).toEqual(member);
      }
    }),
  );
});

test('numbers that a double cannot hold go through unchanged', () => {
  const json = '{"id":12345678901234567890,"price":0.10,"big":1e999,"plain":7,"text":"é"}';
  expect(writeJson(parseExactly(json))).toBe(json);
  expect(parseExactly('{"a":')).toBeUndefined();
});

test('nesting beyond the stack is a refusal, not a crash', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(writeJson(parseExactly(deep))).toBeUndefined();
});

test('the first element of a list, as it came', () => {
  expect(firstElementOf(' [ {"a": [1.50, "]"]} , 2]')).toBe('{"a": [1.50, "]"]}');
  expect(firstElementOf('["[\\""]')).toBe('"[\\""');
  expect(firstElementOf('[ ]')).toBeUndefined();
  expect(firstElementOf('{"a":1}')).toBeUndefined();
});
