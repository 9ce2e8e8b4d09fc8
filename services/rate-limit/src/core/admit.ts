// May it go now: checks every limit and budget that applies, and reserves in all of them or in none.
import type { AdmissionOption, AdmissionRefusal, AdmitRequest, AdmitResponse } from '@waybill/contracts';
import { LimitKind } from '@waybill/contracts';
import { periodAt } from './period.ts';
import { countInMinutes, keep } from './reservation.ts';
import { type Subject, subjectOf } from './scope.ts';
import {
  accountAt,
  advance,
  type BudgetRule,
  budgetsFor,
  concurrencyFor,
  type LimitState,
  type Reservation,
  ratesFor,
} from './state.ts';
import { msUntilFits, usedInMinute } from './window.ts';

/** How long after it was given an admission is good for. */
export const admissionMicros = 5_000_000n;

/** Reserves for the first option that fits, or refuses with the limit that would free up soonest. */
export function admit(state: LimitState, request: AdmitRequest, clockMicros: bigint): AdmitResponse {
  const known = state.reservations.get(request.attemptId);
  if (known) return admitted(known);
  const nowMicros = advance(state, clockMicros);
  let refusal: AdmissionRefusal | undefined;
  for (const [index, option] of request.options.entries()) {
    const subject = subjectOf(request.attribution, option.modelId, option.providerId);
    const refused = refusalOf(state, { request, option, subject, nowMicros });
    if (refused === undefined) return admitted(reserve(state, { request, option, index, subject, nowMicros }));
    if (refusal === undefined || fitsSooner(refused, refusal)) refusal = refused;
  }
  return { decision: { $case: 'refusal', value: refusal ?? nothingAskedFor } };
}

interface Asked {
  readonly request: AdmitRequest;
  readonly option: AdmissionOption;
  readonly subject: Subject;
  readonly nowMicros: bigint;
}

function admitted(reservation: Reservation): AdmitResponse {
  return { decision: { $case: 'admission', value: reservation.admission } };
}

function fitsSooner(one: AdmissionRefusal, other: AdmissionRefusal): boolean {
  if (one.neverFits !== other.neverFits) return other.neverFits;
  return (one.retryAfterMs ?? Number.POSITIVE_INFINITY) < (other.retryAfterMs ?? Number.POSITIVE_INFINITY);
}

/** The first limit that stands in the way of an option; undefined when it fits them all. */
function refusalOf(state: LimitState, asked: Asked): AdmissionRefusal | undefined {
  return (
    refusedByCallCost(asked) ??
    refusedByRate(state, asked) ??
    refusedByConcurrency(state, asked) ??
    refusedByBudget(state, asked)
  );
}

function refusedByCallCost({ request, option }: Asked): AdmissionRefusal | undefined {
  const bound = request.maxCostPicoUsd;
  if (bound === undefined || (option.holdPicoUsd !== undefined && option.holdPicoUsd <= bound)) return undefined;
  const needed = option.holdPicoUsd ?? 0n;
  return refusal({
    limit: 'x-waybill-max-cost-usd',
    kind: option.holdPicoUsd === undefined ? LimitKind.UNPRICED : LimitKind.CALL_COST,
    amount: bound,
    used: 0n,
    held: 0n,
    needed,
    neverFits: true,
  });
}

function refusedByRate(state: LimitState, { option, subject, nowMicros }: Asked): AdmissionRefusal | undefined {
  for (const rule of ratesFor(state, subject)) {
    const minute = state.minutes.get(rule.id)!;
    const needed = rule.kind === 'requests' ? 1 : tokensOf(option);
    const total = usedInMinute(minute, nowMicros);
    if (total + needed <= rule.amount) continue;
    const held = Math.min(state.heldTokens.get(rule.id)!, total);
    return refusal({
      limit: rule.id,
      kind: rule.kind === 'requests' ? LimitKind.REQUESTS : LimitKind.TOKENS,
      amount: BigInt(rule.amount),
      used: BigInt(total - held),
      held: BigInt(held),
      needed: BigInt(needed),
      neverFits: needed > rule.amount,
      retryAfterMs: msUntilFits(minute, nowMicros, { needed, limit: rule.amount }),
    });
  }
  return undefined;
}

function refusedByConcurrency(state: LimitState, { subject }: Asked): AdmissionRefusal | undefined {
  const rule = concurrencyFor(state, subject).find(({ id, amount }) => state.underWay.get(id)! >= amount);
  if (rule === undefined) return undefined;
  const held = BigInt(state.underWay.get(rule.id)!);
  return refusal({
    limit: rule.id,
    kind: LimitKind.CONCURRENCY,
    amount: BigInt(rule.amount),
    used: 0n,
    held,
    needed: 1n,
    neverFits: rule.amount < 1,
    retryAfterMs: rule.amount < 1 ? undefined : settlementHintMs,
  });
}

function refusedByBudget(state: LimitState, { option, subject, nowMicros }: Asked): AdmissionRefusal | undefined {
  for (const rule of budgetsFor(state, subject)) {
    const account = accountAt(state, rule, nowMicros);
    const used = account.spent + account.uncertain;
    const needed = option.holdPicoUsd;
    if (needed !== undefined && used + account.held + needed <= rule.amountPicoUsd) continue;
    return refusal({
      limit: rule.id,
      kind: needed === undefined ? LimitKind.UNPRICED : LimitKind.BUDGET,
      amount: rule.amountPicoUsd,
      used,
      held: account.held,
      needed: needed ?? 0n,
      neverFits: needed === undefined || needed > rule.amountPicoUsd,
      retryAfterMs: msUntilBudgetFits(rule, { needed, used, nowMicros }),
    });
  }
  return undefined;
}

/** Holds and places among the calls under way come free when calls end: worth another try soon. */
const settlementHintMs = 1000;

interface BudgetNeed {
  readonly needed: bigint | undefined;
  readonly used: bigint;
  readonly nowMicros: bigint;
}

/** Soon when only the holds of others are in the way, else when the next period begins; undefined for never. */
function msUntilBudgetFits(rule: BudgetRule, { needed, used, nowMicros }: BudgetNeed): number | undefined {
  if (needed === undefined || needed > rule.amountPicoUsd) return undefined;
  if (used + needed <= rule.amountPicoUsd) return settlementHintMs;
  const { endMicros } = periodAt(rule.period, nowMicros);
  return endMicros === undefined ? undefined : Number((endMicros - nowMicros + 999n) / 1000n);
}

type RefusalFacts = Omit<AdmissionRefusal, 'free' | 'message' | 'retryAfterMs'> & { retryAfterMs?: number | undefined };

function refusal(facts: RefusalFacts): AdmissionRefusal {
  const free = facts.amount - facts.used - facts.held;
  const unit = units[facts.kind];
  const message =
    facts.kind === LimitKind.UNPRICED
      ? `${facts.limit} counts money and the model has no prices: give it prices, or prices: free`
      : `${facts.limit} allows ${facts.amount} ${unit}: ${facts.used} used, ${facts.held} held, ${free} free, ${facts.needed} needed`;
  return { ...facts, retryAfterMs: facts.retryAfterMs, free, message };
}

const units: Readonly<Record<LimitKind, string>> = {
  [LimitKind.UNSPECIFIED]: '',
  [LimitKind.REQUESTS]: 'requests a minute',
  [LimitKind.TOKENS]: 'tokens a minute',
  [LimitKind.CONCURRENCY]: 'calls at once',
  [LimitKind.BUDGET]: 'pico-USD',
  [LimitKind.CALL_COST]: 'pico-USD a call',
  [LimitKind.UNPRICED]: 'pico-USD',
};

const nothingAskedFor = refusal({
  limit: 'admission',
  kind: LimitKind.UNSPECIFIED,
  amount: 0n,
  used: 0n,
  held: 0n,
  needed: 0n,
  neverFits: true,
});

function tokensOf(option: AdmissionOption): number {
  return option.inputTokensBound + option.outputTokensBound;
}

function reserve(state: LimitState, asked: Asked & { index: number }): Reservation {
  const { request, option, subject, nowMicros, index } = asked;
  const reserved = [
    ...ratesFor(state, subject).map((rule) => rule.id),
    ...concurrencyFor(state, subject).map((rule) => rule.id),
    ...budgetsFor(state, subject).map((rule) => rule.id),
  ];
  const notAfterMicros = nowMicros + admissionMicros;
  const reservation: Reservation = {
    attemptId: request.attemptId,
    subject,
    atMicros: nowMicros,
    tokens: tokensOf(option),
    holdPicoUsd: option.holdPicoUsd ?? 0n,
    admission: {
      optionIndex: index,
      notAfterMicros,
      reserved,
      admittedAtMicros: nowMicros,
      validForMs: Number(admissionMicros / 1000n),
    },
  };
  countInMinutes(state, reservation);
  keep(state, reservation);
  return reservation;
}
