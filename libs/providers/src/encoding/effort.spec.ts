import { expect, test } from '@jest/globals';
import { Call } from '@waybill/contracts';
import { codecs } from '../codecs.ts';
import { requestFor } from '../conformance/probes.ts';
import { effortOf } from './effort.ts';
import { supportOf } from './support.ts';

test.each([
  [0, 'none'],
  [500, 'low'],
  [1024, 'low'],
  [8191, 'low'],
  [8192, 'medium'],
  [20_000, 'high'],
  [100_000, 'max'],
])('a budget of %d tokens is an effort of %s, and that is said', (budgetTokens, effort) => {
  const support = supportOf(new Set());
  expect(effortOf(budgetTokens, support)).toBe(effort);
  expect(support.warnings).toMatchObject([{ code: 'adjusted', subject: 'reasoning.budget_tokens' }]);
});

test.each([
  ['openai-compatible', { reasoning_effort: 'medium' }],
  ['openai', { reasoning: { effort: 'medium' } }],
  ['ollama', { think: 'medium' }],
])('%s thinks for callers who give a budget', (kind, expected) => {
  const call = Call.fromPartial({ task: { $case: 'chat', value: { reasoning: { budgetTokens: 9_000 } } } });
  const encoded = codecs[kind]!.encode({
    ...requestFor(call, 'gpt-5-mini'),
    wire: kind === 'openai' ? 'responses' : undefined,
  });
  if (!encoded.ok) throw new Error(encoded.fault.message);
  expect(JSON.parse(encoded.value.body)).toMatchObject(expected);
  expect(encoded.value.warnings.map(({ subject }) => subject)).toEqual(['reasoning.budget_tokens']);
});

test('beside an effort a budget is left out, and that is said', () => {
  const reasoning = { effort: 'high', budgetTokens: 9_000 };
  const call = Call.fromPartial({ task: { $case: 'chat', value: { reasoning } } });
  for (const kind of ['vllm', 'ollama']) {
    const encoded = codecs[kind]!.encode(requestFor(call, 'qwen3'));
    expect(encoded).toMatchObject({ ok: true, value: { warnings: [{ subject: 'reasoning.budget_tokens' }] } });
  }
});
