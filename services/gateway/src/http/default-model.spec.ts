import { describe, expect, test } from '@jest/globals';
import { withDefaultModel } from './default-model.ts';

describe('the default model', () => {
  test.each([{ messages: [] }, { model: '', messages: [] }, { model: null, messages: [] }])('goes into %j', (body) => {
    expect(withDefaultModel(body, 'default')).toEqual({ messages: [], model: 'default' });
  });

  test.each([{ model: 'fast' }, { ai_model: 'fast' }, { model: 5 }, [], null, 'text'])(
    'does not go into %j',
    (body) => {
      expect(withDefaultModel(body, 'default')).toBe(body);
    },
  );

  test('is only where one is configured', () => {
    const body = { messages: [] };
    expect(withDefaultModel(body, undefined)).toBe(body);
  });
});
