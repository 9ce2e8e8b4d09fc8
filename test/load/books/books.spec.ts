// The checks of the books must be able to fail: each is shown the wrong it is there for.
import { describe, expect, test } from '@jest/globals';
import {
  AttemptEnded,
  AttemptOutcome,
  AttemptStarted,
  CallAdmitted,
  CallEnded,
  CallOutcome,
  CallRefused,
  Envelope,
  UsageSource,
} from '@waybill/contracts';
import type { SimulatedBillLine } from '@waybill/standalone';
import type { SeenCall } from '../client-calls.ts';
import { checkAnswers, checkAttempts } from './check-attempts.ts';
import { compareBill } from './check-bill.ts';
import { checkRefusals, foldBudget } from './check-budget.ts';
import { checkProducers } from './check-producers.ts';
import type { Entry, Fact } from './entries.ts';

const attempt = { callId: 'call', attemptId: 'call:1', attribution: { tenantId: 'acme' } };
const price = { row: { prices: { output: 2n } } };
const admitted = { kind: 'admitted', event: CallAdmitted.fromPartial({ callId: 'call' }) } as const;
const started = {
  kind: 'started',
  event: AttemptStarted.fromPartial({ ...attempt, reservation: { holdPicoUsd: 50n }, priceCard: price }),
} as const;
const callEnded = {
  kind: 'call_ended',
  event: CallEnded.fromPartial({ callId: 'call', outcome: CallOutcome.COMPLETED }),
} as const;

function ended(source: UsageSource | undefined, booked: bigint, uncertain = 0n): Fact {
  const usage = source === undefined ? undefined : { source };
  const rating = source === undefined ? undefined : { amountPicoUsd: booked, lines: [{ amountPicoUsd: booked }] };
  const event = { ...attempt, usage, rating, holdPicoUsd: 50n, uncertainPicoUsd: uncertain };
  return { kind: 'ended', event: AttemptEnded.fromPartial(event) };
}

function log(...facts: readonly Fact[]): Entry[] {
  return facts.map((fact, index) => {
    const producer = { producerId: 'gateway', epoch: 1n, number: BigInt(index + 1) };
    const envelope = Envelope.fromPartial({ eventId: `event-${index}`, producer });
    return { position: BigInt(index + 1), envelope, fact };
  });
}

const sound = log(admitted, started, ended(UsageSource.REPORTED, 30n), callEnded);
const bill = (amount: bigint, tokensDelivered = 5, id = 'call:1') =>
  [{ gatewayCallId: id, amountPicoUsd: String(amount), tokensDelivered }] as unknown as SimulatedBillLine[];

test('a sound log passes every check', () => {
  expect(checkAttempts(sound)).toEqual([]);
  expect(checkProducers(sound)).toEqual([]);
  expect(compareBill(sound, bill(30n)).problems).toEqual([]);
});

describe('attempts', () => {
  test.each([
    ['has no end', log(admitted, started, callEnded), /started 1 times and ended 0/],
    ['ends twice', [...sound, ...log(ended(UsageSource.REPORTED, 30n))], /started 1 times and ended 2/],
    ['has no admitted call', log(started, ended(undefined, 0n)), /no admitted call/],
    ['does not say where its usage is from', log(admitted, started, ended(0, 1n), callEnded), /does not say/],
    [
      'is estimated and lets go of its hold',
      log(admitted, started, ended(UsageSource.ESTIMATED, 30n, 5n)),
      /counts 35/,
    ],
  ])('one that %s', (_what, entries, problem) => {
    expect(checkAttempts(entries).join('\n')).toMatch(problem);
  });

  test('an answer that a client got and the books do not have', () => {
    const seen = [{ callId: 'other', outcome: 'complete' }] as unknown as SeenCall[];
    expect(checkAnswers(sound, seen)).toHaveLength(1);
  });
});

describe('the bill', () => {
  test.each([
    ['is not what was reported', ended(UsageSource.REPORTED, 30n), bill(31n), /reported at 30 and billed 31/],
    ['has what was booked as unused', ended(undefined, 0n), bill(1n), /unused and was billed 1/],
    ['is above an estimate', ended(UsageSource.ESTIMATED, 20n, 5n), bill(26n), /was billed 26/],
    ['has more delivered than estimated', ended(UsageSource.ESTIMATED, 20n, 30n), bill(25n, 11), /below the 22/],
    ['has an attempt we do not know', ended(UsageSource.REPORTED, 30n), bill(30n, 5, 'x'), /know nothing/],
    ['has an attempt twice', ended(UsageSource.REPORTED, 30n), [...bill(30n), ...bill(30n)], /called twice/],
  ])('that %s', (_what, end, lines, problem) => {
    expect(compareBill(log(admitted, started, end, callEnded), lines).problems.join('\n')).toMatch(problem);
  });
});

describe('a bill that is not what the provider said', () => {
  const altered = (amount: bigint) => bill(amount).map((line) => ({ ...line, usageTold: 'altered' as const }));
  const problems = (end: Fact, lines: readonly SimulatedBillLine[]) =>
    compareBill(log(admitted, started, end, callEnded), lines).problems.join('\n');
  const doubted = (booked: bigint): Fact => {
    const fact = ended(UsageSource.REPORTED, booked);
    if (fact.kind !== 'ended' || fact.event.usage === undefined) return fact;
    const usage = { ...fact.event.usage, suspicions: ['fraction_rounded_up'] };
    return { ...fact, event: { ...fact.event, usage } };
  };

  test('is never above what is booked', () => {
    expect(problems(doubted(29n), altered(30n))).toMatch(/booked at 29, below the 30/);
  });

  test('is below it only where the figures are doubted', () => {
    expect(problems(ended(UsageSource.REPORTED, 31n), altered(30n))).toMatch(/nobody doubts it/);
    expect(problems(doubted(31n), altered(30n))).toBe('');
  });
});

test('an answer that was cut off and is booked as complete', () => {
  const whole = ended(UsageSource.REPORTED, 30n);
  if (whole.kind !== 'ended') throw new Error('that is no end of an attempt');
  const completed: Fact = { ...whole, event: { ...whole.event, outcome: AttemptOutcome.COMPLETED } };
  const cut = bill(30n).map((line) => ({ ...line, outcome: 'cut' as const }));
  const { problems } = compareBill(log(admitted, started, completed, callEnded), cut);
  expect(problems).toEqual(['attempt call:1 is booked as complete and was cut off']);
});

test('a hole in the producer numbers', () => {
  expect(checkProducers([sound[0]!, ...sound.slice(2)])).toHaveLength(1);
});

describe('a budget', () => {
  const budget = { id: 'monthly', tenantId: 'acme', amountPicoUsd: 60n };

  test('that is passed in between', () => {
    const second = { ...started, event: { ...started.event, attemptId: 'call:2' } };
    const fold = foldBudget(log(started, second, ended(UsageSource.REPORTED, 30n)), budget);
    expect(fold).toMatchObject({ peak: 100n, spent: 30n, held: 50n });
    expect(fold.problems).toHaveLength(2);
  });

  test.each([
    ['fitted', { limit: 'monthly', amount: 60n, used: 10n, held: 10n, free: 40n, needed: 40n }, /40 were free/],
    [
      'was refused by figures that do not add up',
      { limit: 'monthly', amount: 60n, free: 1n, needed: 40n },
      /are not 60/,
    ],
    ['was refused by another limit', { limit: 'daily', amount: 60n }, /not by monthly/],
  ])('and a call that %s', (_what, refusal, problem) => {
    const entries = log({ kind: 'refused', event: CallRefused.fromPartial({ callId: 'call', refusal }) });
    expect(checkRefusals(entries, budget).join('\n')).toMatch(problem);
  });
});
