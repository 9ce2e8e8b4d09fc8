import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { warnOfIgnored } from './ignored.ts';

const schema = z.object({
  model: z.string(),
  tools: z.array(z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) })).optional(),
  data: z
    .string()
    .transform((text) => Buffer.from(text))
    .optional(),
});

function subjects(body: object, harmless: string[] = []): string[] {
  return warnOfIgnored(body, schema.parse(body), new Set(harmless)).map(({ subject }) => subject);
}

test('fields at the top, and in lists once', () => {
  const tool = { name: 'a', schema: { any: { thing: 1 } }, cache_control: { type: 'ephemeral' } };
  expect(subjects({ model: 'm', made_up: 1, tools: [tool, { ...tool, name: 'b' }] })).toEqual([
    'made_up',
    'tools[].cache_control',
  ]);
});

test('what is not set, what is known and what is harmless is not named', () => {
  expect(subjects({ model: 'm', none: null, off: false, data: 'abc' })).toEqual([]);
  expect(subjects({ model: 'm', id: 'x', other: 1 }, ['id'])).toEqual(['other']);
});

test('no more than a few are named, none at length', () => {
  const fields = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}${'x'.repeat(200)}`, 1]));
  const named = subjects({ model: 'm', ...fields });
  expect(named).toHaveLength(16);
  expect(Math.max(...named.map(({ length }) => length))).toBe(64);
});

test('a name that objects have by themselves is a field like any other', () => {
  expect(subjects(JSON.parse('{"model":"m","constructor":1,"__proto__":2}'))).toEqual(['constructor', '__proto__']);
});
