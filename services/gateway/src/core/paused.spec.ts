import { describe, expect, test } from '@jest/globals';
import { AttemptResult } from '@waybill/contracts';
import { fault } from '@waybill/kernel';
import { tellPaused, withoutKeys } from './paused.ts';

const refused = fault('unavailable', 'not accepted', { details: { conduct: 'credential' } });
const result = (more: Partial<AttemptResult>) => AttemptResult.fromPartial(more);

describe('a refused key', () => {
  test('that was the last one leaves the provider without keys', () => {
    const without = withoutKeys(refused, result({ setAsideMs: 1_000 }));
    expect(without).toMatchObject({ details: { reason: 'no_usable_key' }, retryAfterMs: 1_000 });
  });

  test.each([{ setAsideMs: 0 }, { setAsideMs: 1_000, retryNow: true }])('is only a refused key with %j', (more) => {
    expect(withoutKeys(refused, result(more))).toBe(refused);
  });

  test('is told apart from a model that is set aside for other reasons', () => {
    const overloaded = fault('unavailable', 'busy', { details: { conduct: 'overloaded' } });
    expect(withoutKeys(overloaded, result({ setAsideMs: 1_000 }))).toBe(overloaded);
  });
});

describe('who depends on the keys', () => {
  const without = fault('unavailable', 'no key', { details: { reason: 'no_usable_key' }, retryAfterMs: 5 });

  test('is told that the route is paused', () => {
    const told = tellPaused(without, { model: 'smart', runId: '' });
    expect(told).toMatchObject({ kind: 'unavailable', details: { paused: 'smart' }, retryAfterMs: 5 });
    expect(told.message).toBe('smart is paused until a key of its provider is accepted: no key');
    expect(told.details).not.toHaveProperty('run');
  });

  test('is told which run it stops', () => {
    const told = tellPaused(without, { model: 'smart', runId: 'night-7' });
    expect(told.details).toMatchObject({ paused: 'smart', run: 'night-7' });
    expect(told.message).toContain('run night-7 depends on it');
  });

  test('is told other faults as they are', () => {
    expect(tellPaused(refused, { model: 'smart', runId: 'night-7' })).toBe(refused);
  });
});
