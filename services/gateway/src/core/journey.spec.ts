import { describe, expect, test } from '@jest/globals';
import { Admission, AdmissionRefusal, AttemptOutcome, CallOutcome, Candidate } from '@waybill/contracts';
import { type Fault, type FaultKind, fault } from '@waybill/kernel';
import fc from 'fast-check';
import { advance, beginJourney, type Conclusion, type Journey, type JourneyEvent, type Step } from './journey.ts';
import type { CallOption, Plan } from './plan.ts';

function option(modelId: string, contextWindow = 8_000): CallOption {
  const candidate = Candidate.fromPartial({ modelId, contextWindow });
  return { candidate, inputTokensBound: 10, outputTokensBound: 10, holdPicoUsd: 5n };
}

const [a, b, c] = [option('a'), option('b'), option('c', 32_000)];
const plan: Plan = { callId: 'call_1', options: [a, b, c], retries: 2, totalMs: 60_000 };
const admission = Admission.create();
const askedAtMs = 0;

const admitted = (which: CallOption): JourneyEvent => ({ kind: 'admitted', option: which, admission, askedAtMs });

function over(step: Step, kind: FaultKind | Fault | undefined, more: Partial<Conclusion> = {}): JourneyEvent {
  if (step.kind !== 'start') throw new Error(`no attempt is under way but ${step.kind}`);
  const because = typeof kind === 'string' ? fault(kind, kind) : kind;
  const outcome = because === undefined ? AttemptOutcome.COMPLETED : AttemptOutcome.FAILED;
  const may = { retrySame: true, retryOther: true, retryNow: false };
  const went = { delivered: false, tookMs: 0, elapsedMs: 0, random: 0 };
  return {
    kind: 'attempt_over',
    attempt: step.attempt,
    conclusion: { outcome, fault: because, ...may, ...went, ...more },
  };
}

/** Goes through the events, each made from the step before it. */
function journeyOf(events: readonly ((step: Step) => JourneyEvent)[], from: Plan = plan): Step {
  let { journey, step } = beginJourney(from);
  for (const event of events) ({ journey, step } = advance(journey, event(step)));
  return step;
}

const models = (step: Step) => (step.kind === 'admit' ? step.options.map(({ candidate }) => candidate.modelId) : step);

describe('a call', () => {
  test('first asks for admission at all candidates, in order', () => {
    expect(journeyOf([])).toEqual({ kind: 'admit', attemptId: 'call_1:1', options: [a, b, c], waitMs: 0 });
  });

  test('starts at the candidate that was admitted', () => {
    const attempt = { attemptId: 'call_1:1', number: 1, option: b, admission, askedAtMs };
    expect(journeyOf([() => admitted(b)])).toEqual({ kind: 'start', attempt });
  });

  test('that is not admitted is refused, with the limit', () => {
    const refusal = AdmissionRefusal.fromPartial({ limit: 'team' });
    const limited = fault('limited', 'no');
    const step = journeyOf([() => ({ kind: 'not_admitted', fault: limited, refusal })]);
    expect(step).toEqual({ kind: 'refuse', fault: limited, refusal });
  });

  test('ends when its answer is complete', () => {
    const step = journeyOf([() => admitted(a), (start) => over(start, undefined)]);
    expect(step).toEqual({ kind: 'end', outcome: CallOutcome.COMPLETED, fault: undefined });
  });

  test('whose caller leaves before anything went out is refused, later abandoned', () => {
    const left = () => ({ kind: 'caller_left', fault: fault('cancelled', 'gone') }) as const;
    expect(journeyOf([left]).kind).toBe('refuse');
    const later = journeyOf([() => admitted(a), (start) => over(start, 'unavailable'), left]);
    expect(later).toMatchObject({ kind: 'end', outcome: CallOutcome.ABANDONED });
  });
});

describe('an attempt that failed', () => {
  const failing = (kind: FaultKind | Fault, more: Partial<Conclusion> = {}) => [
    () => admitted(a),
    (step: Step) => over(step, kind, more),
  ];

  test('is followed at once by one at another candidate', () => {
    const step = journeyOf(failing('unavailable'));
    expect(step).toMatchObject({ kind: 'admit', attemptId: 'call_1:2', waitMs: 0 });
    expect(models(step)).toEqual(['b', 'c']);
  });

  test('is followed by one at the same candidate after a pause when there is no other', () => {
    const alone = { ...plan, options: [a] };
    expect(journeyOf(failing('unavailable'), alone)).toMatchObject({ kind: 'admit', options: [a], waitMs: 125 });
    expect(journeyOf(failing('unavailable', { random: 1 }), alone)).toMatchObject({ waitMs: 250 });
  });

  test('waits as long as the provider asks for, and not at all when that is too long', () => {
    const alone = { ...plan, options: [a] };
    const hint = (retryAfterMs: number) => fault('limited', 'slow down', { retryAfterMs });
    expect(journeyOf(failing(hint(3_000)), alone)).toMatchObject({ kind: 'admit', waitMs: 3_000 });
    expect(journeyOf(failing(hint(1e12)), alone)).toMatchObject({ kind: 'end', fault: { retryAfterMs: 1e12 } });
    for (const silly of [-1, Number.NaN]) {
      expect(journeyOf(failing(hint(silly)), alone)).toMatchObject({ kind: 'admit', waitMs: 125 });
    }
  });

  test('is final once part of the answer is with the caller', () => {
    expect(journeyOf(failing('upstream', { delivered: true }))).toMatchObject({
      kind: 'end',
      outcome: CallOutcome.FAILED,
    });
  });

  test('because the request is wrong is not tried at the same candidate', () => {
    expect(journeyOf(failing('invalid', { retrySame: false, retryOther: false })).kind).toBe('end');
  });

  test('because the prompt was too long goes to a larger window only', () => {
    expect(models(journeyOf(failing('too_large', { retrySame: false })))).toEqual(['c']);
    const small = { ...plan, options: [a, b] };
    expect(journeyOf(failing('too_large', { retrySame: false }), small).kind).toBe('end');
  });

  test('is final when the time is over', () => {
    expect(journeyOf(failing('unavailable', { elapsedMs: 60_000 })).kind).toBe('end');
  });

  test('tells its own fault when the next one is not admitted', () => {
    const step = journeyOf([
      ...failing('timeout'),
      () => ({ kind: 'not_admitted', fault: fault('limited', 'no money left') }),
    ]);
    expect(step).toMatchObject({ kind: 'end', outcome: CallOutcome.FAILED, fault: { kind: 'timeout' } });
  });
});

const outcomes = fc.record({
  kind: fc.constantFrom<FaultKind | undefined>('unavailable', 'invalid', 'too_large', 'timeout', undefined),
  retrySame: fc.boolean(),
  retryOther: fc.boolean(),
  retryNow: fc.boolean(),
  tookMs: fc.nat({ max: 70_000 }),
  delivered: fc.boolean(),
  elapsedMs: fc.nat({ max: 70_000 }),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
  pick: fc.nat({ max: 2 }),
  isAdmitted: fc.boolean(),
});

test('whatever happens, a call ends, and every attempt that started ended before the next one', () => {
  fc.assert(
    fc.property(fc.array(outcomes, { minLength: 12, maxLength: 12 }), fc.nat({ max: 5 }), (happenings, retries) => {
      let turn: { journey: Journey; step: Step } = beginJourney({ ...plan, retries });
      let underWay = 0;
      let started = 0;
      for (const happening of happenings) {
        const { step } = turn;
        if (step.kind === 'end' || step.kind === 'refuse') break;
        if (step.kind === 'admit') {
          expect(underWay).toBe(0);
          expect(step.options.length).toBeGreaterThan(0);
          const which = step.options[happening.pick % step.options.length]!;
          const refused = { kind: 'not_admitted', fault: fault('limited', 'no') } as const;
          turn = advance(turn.journey, happening.isAdmitted ? admitted(which) : refused);
        } else {
          started += 1;
          underWay = 1;
          turn = advance(turn.journey, over(step, happening.kind, happening));
          underWay = 0;
          if (happening.delivered) expect(turn.step.kind).toBe('end');
        }
      }
      expect(['end', 'refuse']).toContain(turn.step.kind);
      expect(started).toBeLessThanOrEqual(retries + 1);
      expect(turn.journey.attempts.map(({ number }) => number)).toEqual(
        Array.from({ length: started }, (_, i) => i + 1),
      );
    }),
  );
});
