import { describe, expect, test } from '@jest/globals';
import { AttemptResult, PriceCard, Reservation, Usage, UsageSource } from '@waybill/contracts';
import { boundCost } from '@waybill/rating';
import fc from 'fast-check';
import { toFaultMessage } from './fault-message.ts';
import { type Evidence, settleEvidence, settleLost, type Terms } from './settlement.ts';

const priceCard = PriceCard.fromPartial({
  priceVersion: 'v1',
  row: { prices: { input: 150_000n, cached_input: 75_000n, output: 600_000n } },
});
const reservation = Reservation.fromPartial({
  inputTokensBound: 1_000,
  outputTokensBound: 500,
  holdPicoUsd: boundCost([priceCard.row!], { inputTokensBound: 1_000, outputTokensBound: 500 }),
});
const terms: Terms = { attemptId: 'call_1:1', tenantId: 'acme', modelId: 'fast', priceCard, reservation };
const unpriced: Terms = { ...terms, priceCard: undefined, reservation: { ...reservation, holdPicoUsd: undefined } };
const hold = reservation.holdPicoUsd!;

const reported = (fields: Partial<Usage>): Usage => ({ ...Usage.create(), source: UsageSource.REPORTED, ...fields });
const failed = { kind: 'upstream', message: 'broken', details: {} } as const;

function seen(result: Partial<AttemptResult> | undefined, rest: Partial<Evidence> = {}): Evidence {
  const whole = result && { ...AttemptResult.create(), ...result };
  return { result: whole, usageSoFar: undefined, answerBytes: 0, isLost: false, ...rest };
}

describe('an answer that is a recording', () => {
  const usage = reported({ inputTokens: 100, outputTokens: 10 });
  const nothing = { usage: undefined, rating: undefined, uncertainPicoUsd: 0n, overrunPicoUsd: 0n };

  test.each<[string, Evidence]>([
    ['whole', seen({ usage, replayed: true }, { answerBytes: 400 })],
    ['broken off', seen({ fault: toFaultMessage(failed), replayed: true }, { answerBytes: 40 })],
    ['left by its caller', seen(undefined, { usageSoFar: usage, answerBytes: 40, replayed: true })],
    ['lost with the adapter', seen(undefined, { isLost: true, replayed: true })],
  ])('is booked as nothing, %s: no provider was asked', (_how, evidence) => {
    const settlement = settleEvidence(terms, evidence);
    expect(settlement).toMatchObject(nothing);
    expect(settlement.request).toMatchObject({ amountPicoUsd: 0n, uncertainPicoUsd: 0n, inputTokens: 0 });
  });
});

describe('an answer with reported usage', () => {
  test('is booked at exactly what was reported', () => {
    const usage = reported({ inputTokens: 100, cacheReadTokens: 20, outputTokens: 10 });
    const settlement = settleEvidence(terms, seen({ usage }, { answerBytes: 400 }));
    expect(settlement.rating?.amountPicoUsd).toBe(100n * 150_000n + 20n * 75_000n + 10n * 600_000n);
    expect(settlement).toMatchObject({ usage, uncertainPicoUsd: 0n, overrunPicoUsd: 0n });
    expect(settlement.request).toMatchObject({ inputTokens: 120, outputTokens: 10 });
  });

  test('above its hold is booked, with the overrun named', () => {
    const { rating, overrunPicoUsd } = settleEvidence(terms, seen({ usage: reported({ inputTokens: 5_000 }) }));
    expect(rating?.amountPicoUsd).toBe(5_000n * 150_000n);
    expect(overrunPicoUsd).toBe(5_000n * 150_000n - hold);
  });

  test('that its card does not price is booked at the hold, and says why', () => {
    const settlement = settleEvidence(terms, seen({ usage: reported({ audioInputTokens: 5 }) }));
    expect(settlement.rating).toMatchObject({ table: 'hold', amountPicoUsd: hold });
    expect(settlement.usage?.source).toBe(UsageSource.REPORTED);
    expect(settlement.unpriced?.details.missing).toBe('audio_input');
  });

  test('that does not add up is an estimate not below what came', () => {
    const usage = reported({ inputTokens: 100, outputTokens: 0, suspicions: ['negative_clamped'] });
    const settlement = settleEvidence(terms, seen({ usage }, { answerBytes: 40 }));
    expect(settlement.usage).toMatchObject({ source: UsageSource.ESTIMATED, inputTokens: 100, outputTokens: 40 });
    expect(settlement.uncertainPicoUsd).toBe(hold - settlement.rating!.amountPicoUsd);
  });

  test.each([
    ['of the answer', { inputTokens: 100 }, { inputTokens: 100, outputTokens: 40 }],
    ['of the prompt', { outputTokens: 40 }, { inputTokens: 1_000, outputTokens: 40 }],
    ['of both', {}, { inputTokens: 1_000, outputTokens: 40 }],
  ])('that says nothing %s is an estimate: unknown is not zero', (_what, said, estimated) => {
    const settlement = settleEvidence(terms, seen({ usage: reported(said) }, { answerBytes: 40 }));
    expect(settlement.usage).toMatchObject({ source: UsageSource.ESTIMATED, ...estimated });
    expect(settlement.rating!.amountPicoUsd + settlement.uncertainPicoUsd).toBe(hold);
  });

  test('of an empty answer is believed', () => {
    const usage = reported({ inputTokens: 100 });
    expect(settleEvidence(terms, seen({ usage })).usage).toEqual(usage);
  });

  test('that no field can hold fills no token limit', () => {
    const usage = reported({ inputTokens: 2 ** 32 - 1, outputTokens: 7, suspicions: ['too_large_clamped'] });
    const settlement = settleEvidence(terms, seen({ usage }, { answerBytes: 40 }));
    expect(settlement.usage).toMatchObject({ inputTokens: 1_000, outputTokens: 40, suspicions: usage.suspicions });
    expect(settlement.request).toMatchObject({ inputTokens: 1_000, outputTokens: 40 });
  });

  test('of a model without prices has no amount', () => {
    const { usage, rating } = settleEvidence(unpriced, seen({ usage: reported({ inputTokens: 1 }) }));
    expect([usage?.source, rating]).toEqual([UsageSource.REPORTED, undefined]);
  });
});

describe('an attempt that failed', () => {
  test('without being billed used nothing', () => {
    const settlement = settleEvidence(terms, seen({ fault: toFaultMessage(failed), mayHaveBilled: false }));
    expect(settlement).toMatchObject({ usage: undefined, rating: undefined, uncertainPicoUsd: 0n });
    expect(settlement.request).toMatchObject({ inputTokens: 0, outputTokens: 0, amountPicoUsd: 0n });
  });

  test('and may have been billed is estimated from its bound and what came', () => {
    const evidence = seen({ fault: toFaultMessage(failed), mayHaveBilled: true, outputBytes: 30n });
    const settlement = settleEvidence(terms, evidence);
    expect(settlement.usage).toMatchObject({ source: UsageSource.ESTIMATED, inputTokens: 1_000, outputTokens: 30 });
    expect(settlement.rating!.amountPicoUsd + settlement.uncertainPicoUsd).toBe(hold);
  });

  test('trusts what the provider had said of the prompt by then', () => {
    const usageSoFar = reported({ inputTokens: 70, outputTokens: 1 });
    const { usage } = settleEvidence(terms, seen(undefined, { usageSoFar, answerBytes: 25 }));
    expect(usage).toMatchObject({ source: UsageSource.ESTIMATED, inputTokens: 70, outputTokens: 25 });
  });

  test('after part of the answer came is not taken as unbilled', () => {
    const evidence = seen({ fault: toFaultMessage(failed), mayHaveBilled: false }, { answerBytes: 5 });
    expect(settleEvidence(terms, evidence).usage?.source).toBe(UsageSource.ESTIMATED);
  });
});

describe('an attempt nobody saw the end of', () => {
  test('is booked at its hold', () => {
    const settlement = settleLost(terms);
    expect(settlement.rating).toMatchObject({ amountPicoUsd: hold, table: 'hold', priceVersion: 'v1' });
    expect(settlement).toMatchObject({ uncertainPicoUsd: 0n, overrunPicoUsd: 0n });
    expect(settlement.usage).toMatchObject({ source: UsageSource.ESTIMATED, inputTokens: 1_000, outputTokens: 500 });
  });

  test('is booked at its hold where provider-adapter went away with it, whatever came until then', () => {
    const settlement = settleEvidence(terms, seen(undefined, { answerBytes: 25, isLost: true }));
    expect(settlement).toEqual(settleLost(terms));
  });

  test('is unknown, not zero, where nothing was held', () => {
    const { usage, rating, request } = settleLost(unpriced);
    expect([usage?.source, rating]).toEqual([UsageSource.UNKNOWN, undefined]);
    expect(request).toMatchObject({ inputTokens: 1_000, outputTokens: 500 });
  });
});

const count = fc.nat({ max: 5_000 });
const usages = fc.option(
  fc
    .record({
      inputTokens: count,
      cacheReadTokens: count,
      outputTokens: count,
      audioInputTokens: fc.constantFrom(0, 3),
    })
    .map(reported),
  { nil: undefined },
);
const evidences = fc.record({
  result: fc.option(
    fc
      .record({ usage: usages, mayHaveBilled: fc.boolean(), isFault: fc.boolean(), outputBytes: fc.bigInt(0n, 9_999n) })
      .map(({ isFault, ...rest }) => ({
        ...AttemptResult.create(),
        ...rest,
        fault: isFault ? toFaultMessage(failed) : undefined,
      })),
    { nil: undefined },
  ),
  usageSoFar: usages,
  answerBytes: count,
  isLost: fc.boolean(),
});

test('whatever was seen: an estimate with what is uncertain is the hold, and covers what came', () => {
  fc.assert(
    fc.property(evidences, (evidence) => {
      const { usage, rating, uncertainPicoUsd, request, overrunPicoUsd } = settleEvidence(terms, evidence);
      const booked = rating?.amountPicoUsd ?? 0n;
      expect(request).toMatchObject({ amountPicoUsd: booked, uncertainPicoUsd });
      expect(booked).toBeGreaterThanOrEqual(0n);
      if (usage?.source === UsageSource.ESTIMATED) {
        expect(booked + uncertainPicoUsd).toBe(hold);
        expect(overrunPicoUsd).toBe(0n);
        expect(usage.outputTokens).toBeGreaterThanOrEqual(Math.min(evidence.answerBytes, 500));
      } else if (usage === undefined) {
        expect([booked, uncertainPicoUsd, evidence.answerBytes]).toEqual([0n, 0n, 0]);
      } else {
        expect([usage.source, uncertainPicoUsd]).toEqual([UsageSource.REPORTED, 0n]);
        expect(overrunPicoUsd).toBe(booked > hold ? booked - hold : 0n);
      }
    }),
  );
});
