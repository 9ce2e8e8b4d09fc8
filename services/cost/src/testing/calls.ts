// Properties of any calls.
import { test } from '@jest/globals';
import fc from 'fast-check';
import type { CallFacts } from './call-events.ts';

const tokens = fc.integer({ min: 0, max: 100_000 });

const facts = fc.record({
  tenant: fc.constantFrom('acme', 'globex', 'a/b', 'İstanbul'),
  run: fc.constantFrom('', 'run-1', 'run-2'),
  user: fc.constantFrom('', 'user-1'),
  usage: fc.constantFrom<CallFacts['usage']>(
    ...(['reported', 'estimated', 'unknown', 'unpriced', 'lost', 'nothing', 'open'] as const),
  ),
  inputTokens: tokens,
  outputTokens: tokens,
  correctedInputTokens: fc.option(tokens, { nil: undefined, freq: 4 }),
});

const calls = fc
  .array(facts, { minLength: 1, maxLength: 8 })
  .map((each): CallFacts[] => each.map((call, index) => ({ ...call, number: index + 1 })));

/** A test that must hold for any calls; `choices` are whole numbers from 0, for whatever else is left to chance. */
export function testAnyCalls(
  name: string,
  holds: (calls: readonly CallFacts[], choices: readonly number[]) => Promise<void>,
): void {
  const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
  test(name, () => fc.assert(fc.asyncProperty(calls, choices, holds), { numRuns: 40 }));
}
