import { expect, test } from '@jest/globals';
import { Candidate, RankRequest, RankResponse } from '@waybill/contracts';
import { rankedBefore, rankingKey } from './old-ranking.ts';

const request = RankRequest.fromPartial({
  callId: 'call_1',
  attribution: { tenantId: 'acme', projectId: 'p', keyId: 'k' },
  model: 'smart',
  capabilities: ['chat', 'tools'],
  inputTokensEstimate: 50,
});

test('calls that differ in what a ranking depends on have keys of their own', () => {
  const others: Partial<RankRequest>[] = [
    { model: 'other' },
    { capabilities: ['chat'] },
    { maxOutputTokens: 20 },
    { attribution: { ...request.attribution!, tenantId: 'globex' } },
    { attribution: { ...request.attribution!, keyId: 'k2' } },
  ];
  const keys = [request, ...others.map((more) => ({ ...request, ...more }))].map(rankingKey);
  expect(new Set(keys).size).toBe(others.length + 1);
});

test('calls that do not share it', () => {
  const again = { ...request, callId: 'call_2', inputTokensBound: 9, capabilities: ['tools', 'chat'] };
  expect(rankingKey(again)).toBe(rankingKey(request));
});

test('candidates say that the ranking is old, and those too small for this prompt are left out', () => {
  const wide = Candidate.fromPartial({ modelId: 'wide', contextWindow: 50, reasons: ['route_order'] });
  const narrow = Candidate.fromPartial({ modelId: 'narrow', contextWindow: 49 });
  const ranking = RankResponse.fromPartial({ candidates: [narrow, wide], strategy: 'ordered' });
  expect(rankedBefore(ranking, request)).toMatchObject({
    strategy: 'ordered',
    candidates: [{ modelId: 'wide', reasons: ['route_order', 'old_ranking'] }],
  });
  expect(wide.reasons).toEqual(['route_order']);
});
