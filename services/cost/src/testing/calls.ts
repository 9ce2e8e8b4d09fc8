// Calls at random, for properties.
import fc from 'fast-check';
import type { CallFacts } from './call-events.ts';

const tokens = fc.integer({ min: 0, max: 100_000 });

/** Up to `most` calls, numbered from 1. */
export function arbitraryCalls(most: number): fc.Arbitrary<CallFacts[]> {
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
  return fc
    .array(facts, { minLength: 1, maxLength: most })
    .map((calls) => calls.map((call, index) => ({ ...call, number: index + 1 })));
}
