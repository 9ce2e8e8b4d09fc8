import { expect, test } from '@jest/globals';
import { Call, RankResponse } from '@waybill/contracts';
import { withinInputs } from './embedding-inputs.ts';

const ranking = RankResponse.fromPartial({
  candidates: [
    { modelId: 'small', providerKind: 'cohere' },
    { modelId: 'large', providerKind: 'openai' },
    { modelId: 'own', providerKind: 'ollama' },
  ],
  exclusions: [{ modelId: 'off', reason: 'disabled', detail: '' }],
});

const asking = (inputs: number) =>
  Call.fromPartial({ task: { $case: 'embedding', value: { inputs: Array<string>(inputs).fill('a') } } });

test.each([
  [96, ['small', 'large', 'own'], ['off']],
  [97, ['large', 'own'], ['small', 'off']],
  [2_049, ['own'], ['small', 'large', 'off']],
])('%i texts go to those that take them', (inputs, candidates, excluded) => {
  const within = withinInputs(asking(inputs), ranking);
  expect(within.candidates.map(({ modelId }) => modelId)).toEqual(candidates);
  expect(within.exclusions.map(({ modelId }) => modelId)).toEqual(excluded);
});

test('who is left out is told with both figures', () => {
  expect(withinInputs(asking(100), ranking).exclusions[0]).toEqual({
    modelId: 'small',
    reason: 'too_many_inputs',
    detail: 'takes 96 texts a call, there are 100',
  });
});

test('a chat is none of it', () => {
  expect(withinInputs(Call.fromPartial({ task: { $case: 'chat', value: {} } }), ranking)).toBe(ranking);
});
