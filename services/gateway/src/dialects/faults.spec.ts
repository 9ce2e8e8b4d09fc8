import { describe, expect, test } from '@jest/globals';
import { fault, faultKinds } from '@waybill/kernel';
import { anthropicMessages } from './anthropic/index.ts';
import { wordsOf } from './faults.ts';
import { openaiChat } from './openai/index.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { waybillChat } from './waybill/index.ts';
import { waybillGenerate } from './waybill-generate/index.ts';

test.each([
  ['invalid', 400],
  ['unauthenticated', 401],
  ['forbidden', 403],
  ['not_found', 404],
  ['conflict', 409],
  ['too_large', 413],
  ['limited', 429],
  ['cancelled', 499],
  ['internal', 500],
  ['upstream', 502],
  ['unavailable', 503],
  ['timeout', 504],
] as const)('%s has status %i in every dialect', (kind, status) => {
  for (const dialect of [openaiChat, openaiResponses, anthropicMessages, waybillChat, waybillGenerate]) {
    expect(dialect.error(fault(kind, 'no')).status).toBe(status);
  }
});

describe('details tell faults of one kind apart', () => {
  test.each([
    ['too_large', { reason: 'context_too_small' }, 400, 'context_length_exceeded'],
    ['limited', { limit_kind: 'budget' }, 429, 'insufficient_quota'],
    ['limited', { limit_kind: 'tokens' }, 429, 'rate_limit_exceeded'],
    ['invalid', { reason: 'constructor' }, 400, null],
  ] as const)('%s %j', (kind, details, status, openaiCode) => {
    expect(wordsOf(fault(kind, 'no', { details }))).toMatchObject({ status, openaiCode });
  });
});

test('a missing recording is no missing model, in any dialect', () => {
  const missing = fault('not_found', 'no recording', { details: { reason: 'no_recording' } });
  const errorOf = ({ error }: Pick<typeof openaiChat, 'error'>) => {
    const { status, body } = error(missing);
    return { status, ...(JSON.parse(body) as { error: object }).error };
  };
  for (const dialect of [openaiChat, openaiResponses, waybillChat]) {
    expect(errorOf(dialect)).toMatchObject({ status: 404, code: 'no_recording', message: 'no recording' });
  }
  const named = { type: 'not_found_error', details: { reason: 'no_recording' } };
  expect(errorOf(anthropicMessages)).toMatchObject({ status: 404, ...named });
});

test('what never fits is not worth another try', () => {
  expect(wordsOf(fault('limited', 'no', { details: { never_fits: 'true' } })).retryable).toBe(false);
});

test('no cause is ever sent', () => {
  for (const kind of faultKinds) {
    const because = fault(kind, 'no', { cause: new Error('sk-secret') });
    for (const dialect of [openaiChat, anthropicMessages, waybillChat]) {
      expect(dialect.error(because).body).not.toContain('sk-secret');
    }
  }
});
