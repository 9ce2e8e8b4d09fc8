import { describe, expect, test } from '@jest/globals';
import { valueFromSchema } from './schema-value.ts';
import { argumentWords } from './words.ts';

const words = () => argumentWords('What is the weather in Paris and London?', 0);

describe('valueFromSchema', () => {
  test('fills texts with the names in the question', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' }, other: { type: 'string' } } };
    expect(valueFromSchema(schema, words())).toEqual({ city: 'Paris', other: 'London' });
  });

  test('keeps to enum, const, default, bounds and lengths', () => {
    const schema = {
      type: 'object',
      properties: {
        unit: { enum: ['celsius', 'fahrenheit'] },
        kind: { const: 'forecast' },
        days: { type: 'integer', minimum: 3, maximum: 9 },
        code: { type: 'string', maxLength: 2 },
        tags: { type: 'array', minItems: 2, items: { type: 'boolean' } },
        zone: { type: 'string', default: 'UTC' },
      },
    };
    const expected = { unit: 'celsius', kind: 'forecast', days: 3, code: 'Pa', tags: [true, true], zone: 'UTC' };
    expect(valueFromSchema(schema, words())).toEqual(expected);
  });

  test("reads Gemini's upper-case types, nullable types, combiners and references", () => {
    const schema = {
      type: 'OBJECT',
      properties: {
        count: { type: ['null', 'integer'] },
        place: { $ref: '#/$defs/place' },
        either: { anyOf: [{ type: 'NUMBER' }, { type: 'STRING' }] },
      },
      $defs: { place: { type: 'object', properties: { name: { type: 'string' } } } },
    };
    expect(valueFromSchema(schema, words())).toEqual({ count: 1, place: { name: 'Paris' }, either: 1 });
  });

  test('ends on a schema that contains itself', () => {
    const schema = {
      type: 'object',
      required: ['next'],
      properties: { next: { $ref: '#' }, name: { type: 'string' } },
    };
    expect(JSON.stringify(valueFromSchema(schema, words()))).toContain('Paris');
  });
});
