import { expect, test } from '@jest/globals';
import type { ReplyPart } from '@waybill/contracts';
import { inBatches } from './batches.ts';

const text: ReplyPart = { part: { $case: 'text', value: { text: 'hi' } } };

function vector(index: number, dimensions: number): ReplyPart {
  return { part: { $case: 'embedding', value: { index, values: Array<number>(dimensions).fill(0.5) } } };
}

test('an answer in words is one batch', () => {
  expect([...inBatches([text, text])]).toEqual([[text, text]]);
});

test('vectors are cut into messages of about a mebibyte, none lost and none moved', () => {
  const parts = [text, ...Array.from({ length: 300 }, (_, index) => vector(index, 3_072)), text];
  const batches = [...inBatches(parts)];
  expect(batches.flat()).toEqual(parts);
  expect(batches.length).toBe(4);
});

test('nothing is no batch', () => {
  expect([...inBatches([])]).toEqual([]);
});
