import { describe, expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import fc from 'fast-check';
import { boundInputTokens, estimateInputTokens } from './bound.ts';
import { boundText, loadTokenizer, tokenizerOf } from './tokenizer.ts';

function saying(...texts: string[]): Call {
  const parts = texts.map((text) => ({ part: { $case: 'text' as const, value: { text } } }));
  return Call.fromPartial({ task: { $case: 'chat', value: { messages: [{ role: Role.USER, parts }] } } });
}

/** Prose, code, other scripts, emoji, lone surrogates, long runs, and what looks like special tokens. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.lorem({ maxCount: 60 }),
  fc
    .tuple(fc.constantFrom('a', ' ', '漢', '<', '\n', 'é'), fc.nat({ max: 600 }))
    .map(([one, count]) => one.repeat(count)),
  fc.constantFrom('<|endoftext|>', 'for (let i = 0; i < 10; i += 1) {\n\t\tcount(i);\n}', '👩‍👩‍👧‍👦'.repeat(40)),
);

describe.each(['o200k_base', 'cl100k_base'] as const)('bounds against %s', (id) => {
  test('bytes are never fewer than tokens', async () => {
    const countTokens = await loadTokenizer(id);
    fc.assert(
      fc.property(anyText, (text) => boundText(text, undefined) >= countTokens(text)),
      { numRuns: 300 },
    );
  });

  test('counting is never below the count, and seldom above it', async () => {
    const countTokens = await loadTokenizer(id);
    fc.assert(
      fc.property(anyText, anyText, (one, other) => boundText(one + other, countTokens) >= countTokens(one + other)),
      { numRuns: 300 },
    );
    const prose = 'The quick brown fox jumps over the lazy dog. '.repeat(200);
    expect(boundText(prose, countTokens)).toBe(countTokens(prose));
  });

  test('the bound of a call covers its texts together with what a chat adds', async () => {
    const countTokens = await loadTokenizer(id);
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), (texts) => {
        const added = 3 + 4 + texts.length;
        const counted = texts.reduce((total, text) => total + countTokens(text), added);
        expect(boundInputTokens(saying(...texts), { countTokens })).toBeGreaterThanOrEqual(counted);
        expect(boundInputTokens(saying(...texts))).toBeGreaterThanOrEqual(counted);
      }),
      { numRuns: 100 },
    );
  });
});

test('text that would take too long to count is bounded by its bytes', async () => {
  const countTokens = await loadTokenizer('o200k_base');
  const startedAt = performance.now();
  expect(boundText('a'.repeat(200_000), countTokens)).toBeGreaterThanOrEqual(200_000);
  expect(boundText('漢'.repeat(200_000), countTokens)).toBeGreaterThanOrEqual(600_000);
  expect(boundText('word '.repeat(100_000), countTokens)).toBe(500_000);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('models and their tokenizers', () => {
  expect(['gpt-4o-mini-2024-07-18', 'gpt-5.4', 'o4-mini', 'gpt-6-sol'].map(tokenizerOf)).toEqual(
    Array(4).fill('o200k_base'),
  );
  expect(['gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo', 'text-embedding-3-small'].map(tokenizerOf)).toEqual(
    Array(4).fill('cl100k_base'),
  );
  expect(['claude-opus-5-5', 'llama3', 'gpt-oss-like'].map(tokenizerOf)).toEqual([undefined, undefined, undefined]);
});

test('tools, pictures and results count', () => {
  const picture = { part: { $case: 'image' as const, value: { mediaType: 'image/png' } } };
  const call = (fields: object) => Call.fromPartial({ task: { $case: 'chat', value: fields } });
  const bare = boundInputTokens(call({ messages: [{ parts: [] }] }));
  const withTool = boundInputTokens(call({ messages: [{ parts: [] }], tools: [{ parametersJson: '{"a":1}' }] }));
  const result = { part: { $case: 'toolResult' as const, value: { parts: [picture] } } };
  expect(withTool - bare).toBeGreaterThan(300);
  expect(boundInputTokens(call({ messages: [{ parts: [result] }] }), { upstreamModel: 'gpt-5' })).toBeGreaterThan(
    16_384,
  );
  expect(boundInputTokens(call({ messages: [{ parts: [picture] }] }))).toBeGreaterThan(48_168);
});

test('the estimate lies below the bound and near the count of prose', async () => {
  const countTokens = await loadTokenizer('o200k_base');
  const prose = 'The quick brown fox jumps over the lazy dog. '.repeat(200);
  const estimate = estimateInputTokens(saying(prose));
  expect(estimate).toBeLessThan(boundInputTokens(saying(prose)));
  expect(estimate / countTokens(prose)).toBeGreaterThan(0.9);
  expect(estimate / countTokens(prose)).toBeLessThan(1.3);
});
