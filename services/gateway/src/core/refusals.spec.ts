import { expect, test } from '@jest/globals';
import { AdmissionRefusal, LimitKind } from '@waybill/contracts';
import { faultOfExclusions, faultOfRefusal } from './refusals.ts';

test('a refusal names the limit, its figures and when it would fit', () => {
  const figures = { amount: 10n, used: 7n, held: 2n, free: 1n, needed: 3n, retryAfterMs: 1_500 };
  const refusal = AdmissionRefusal.fromPartial({ limit: 'acme', kind: LimitKind.BUDGET, message: 'no', ...figures });
  expect(faultOfRefusal(refusal)).toMatchObject({
    kind: 'limited',
    retryAfterMs: 1_500,
    details: { limit: 'acme', limit_kind: 'budget', amount: '10', used: '7', held: '2', free: '1', needed: '3' },
  });
});

test.each([
  ['context_too_small', 'too_large'],
  ['lacks_capability', 'invalid'],
  ['too_many_inputs', 'invalid'],
  ['not_allowed', 'forbidden'],
  ['unhealthy', 'unavailable'],
])('no candidate because of %s is %s, and names the model', (reason, kind) => {
  const because = faultOfExclusions('smart', [{ modelId: 'fast', reason, detail: 'x' }]);
  expect(because).toMatchObject({ kind, message: expect.stringContaining(`fast (${reason}: x)`) });
});

test('a model that only sleeps tells of a later try rather than of a wrong request', () => {
  const exclusions = [
    { modelId: 'a', reason: 'lacks_capability', detail: 'vision' },
    { modelId: 'b', reason: 'unhealthy', detail: '' },
  ];
  expect(faultOfExclusions('smart', exclusions).kind).toBe('unavailable');
});
