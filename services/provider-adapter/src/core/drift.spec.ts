import { describe, expect, test } from '@jest/globals';
import { hasDrifted, warningOfDrift } from './drift.ts';

describe('drift', () => {
  test.each([
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini-2024-07-18', false],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini-2024-09-01', true],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini', true],
    ['gemini-1.5-pro-002', 'models/gemini-1.5-pro-002', false],
    ['models/gemini-1.5-pro-002', 'gemini-1.5-pro-001', true],
    ['', 'gpt-4o', false],
    ['gpt-4o-2024-08-06', '', false],
  ])('of a model pinned to %j whose answer names %j: %p', (pinned, reported, expected) => {
    expect(hasDrifted(pinned, reported)).toBe(expected);
  });

  test('is told with both names', () => {
    const { message } = warningOfDrift({ modelId: 'fast', providerId: 'p', pinned: 'a-1', reported: 'a-2' });
    expect(message).toBe('fast is pinned to a-1, and the answer came from a-2');
  });
});
