import { describe, expect, test } from '@jest/globals';
import { type Breaker, closedBreaker, enter, fail, makeDue, postpone, succeed, waitFor } from './breaker.ts';

function failed(times: number, from: Breaker = closedBreaker, nowMs = 0): Breaker {
  let breaker = from;
  for (let count = 0; count < times; count += 1) breaker = fail(breaker, nowMs);
  return breaker;
}

describe('breaker', () => {
  test('stays closed until the fifth failure in a row', () => {
    expect(failed(4).state).toBe('closed');
    expect(failed(5).state).toBe('open');
    expect(fail(succeed(), 0)).toMatchObject({ state: 'closed', failures: 1 });
  });

  test('an open one refuses and says for how long', () => {
    expect(enter(failed(5), 400)).toEqual({ passes: false, waitMs: 600 });
  });

  test('after its pause exactly one probe goes through', () => {
    const probe = enter(failed(5), 1000);
    if (!probe.passes) throw new Error('no probe');
    expect(probe.breaker.state).toBe('half_open');
    expect(enter(probe.breaker, 1000)).toMatchObject({ passes: false });
  });

  test('each failed probe doubles the pause, up to twenty seconds', () => {
    let breaker = failed(5);
    const pauses: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const nowMs = breaker.retryAtMs;
      const probe = enter(breaker, nowMs);
      if (!probe.passes) throw new Error('no probe');
      breaker = fail(probe.breaker, nowMs);
      pauses.push(breaker.retryAtMs - nowMs);
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
  });

  test('a probe that is never heard of again lets the next one through', () => {
    const probe = enter(failed(5), 1000);
    if (!probe.passes) throw new Error('no probe');
    expect(enter(probe.breaker, probe.breaker.retryAtMs).passes).toBe(true);
  });

  test('late failures of attempts that were under way do not push the probe away', () => {
    const open = failed(5);
    expect(fail(open, 100)).toMatchObject({ failures: 1, state: 'open' });
  });

  test('a good probe closes it', () => {
    expect(enter(succeed(), 0)).toEqual({ passes: true, breaker: closedBreaker });
  });
});

describe('what a check of health found', () => {
  test('ends the pause of an open breaker, or makes it longer', () => {
    const open = failed(5);
    expect(waitFor(makeDue(open, 300), 300)).toBe(0);
    expect(waitFor(makeDue(open, 1_500), 1_500)).toBe(0);
    expect(waitFor(postpone(open, 4_000), 300)).toBe(3_700);
    expect(waitFor(postpone(open, 500), 300)).toBe(700);
  });

  test('changes nothing about a closed one', () => {
    expect(makeDue(closedBreaker, 300)).toBe(closedBreaker);
    expect(postpone(closedBreaker, 4_000)).toBe(closedBreaker);
  });

  test('leaves a probe that is under way alone', () => {
    const probe = enter(failed(5), 1_000);
    if (!probe.passes) throw new Error('no probe');
    expect(makeDue(probe.breaker, 1_200)).toBe(probe.breaker);
  });
});
