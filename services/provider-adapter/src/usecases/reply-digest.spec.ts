import { describe, expect, test } from '@jest/globals';
import { type ContentPart, Reply } from '@waybill/contracts';
import { replyDigest } from './reply-digest.ts';

const text = (value: string) => ({ part: { $case: 'text' as const, value: { text: value } } });
const tool = (id: string, argumentsJson: string) => ({
  part: { $case: 'toolCall' as const, value: { id, name: 'look', argumentsJson } },
});

function digest(...content: Parameters<typeof ContentPart.fromPartial>[0][]): string {
  return replyDigest(Reply.fromPartial({ content }));
}

describe('what an answer said', () => {
  test('is the same for the same words, whatever ids they came with', () => {
    expect(digest(text('a'), tool('call_1', '{"x":1}'))).toBe(digest(text('a'), tool('call_2', '{"x":1}')));
  });

  test.each([
    ['words', digest(text('a')), digest(text('b'))],
    ['their order', digest(text('a'), text('b')), digest(text('b'), text('a'))],
    ['arguments', digest(tool('c', '{"x":1}')), digest(tool('c', '{"x":2}'))],
    ['vectors', vectors([1, 0]), vectors([0, 1])],
  ])('differs with %s', (_what, one, other) => {
    expect(one).not.toBe(other);
  });
});

function vectors(values: number[]): string {
  return replyDigest(Reply.fromPartial({ embeddings: [{ index: 0, values }] }));
}
