import { expect, test } from '@jest/globals';
import { AttemptEnded, AttemptOutcome, FinishReason } from '@waybill/contracts';
import { tellEnded } from './attempt.ts';

test.each([
  [['cyber'], 'finish reason content filter (cyber)'],
  [['HARM_CATEGORY_HARASSMENT', 'bio'], 'finish reason content filter (HARM_CATEGORY_HARASSMENT, bio)'],
  [[], 'finish reason content filter.'],
])('what a filter found is told: %j', (filterCategories, told) => {
  const finish = { reason: FinishReason.CONTENT_FILTER, rawReason: 'refusal', filterCategories };
  const ended = AttemptEnded.fromPartial({ attemptNumber: 1, outcome: AttemptOutcome.COMPLETED, finish });
  expect(tellEnded(ended)).toContain(told);
});
