import { expect, test } from '@jest/globals';
import { parseJsonBody } from './json-body.ts';

const nested = (depth: number) => Buffer.from(`${'{"a":['.repeat(depth / 2)}1${']}'.repeat(depth / 2)}`);

test('a body may have 128 objects and arrays within each other, and no more', () => {
  expect(parseJsonBody(nested(128)).ok).toBe(true);
  for (const depth of [130, 100_000]) {
    expect(parseJsonBody(nested(depth))).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  }
});

test('brackets in a text do not count', () => {
  expect(parseJsonBody(Buffer.from(JSON.stringify({ content: '['.repeat(1_000) }))).ok).toBe(true);
});
