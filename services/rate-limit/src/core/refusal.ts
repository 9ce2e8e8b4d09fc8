// Why an option may not go: the first limit or budget that stands in its way, in its own figures.
import type { AdmissionOption, AdmissionRefusal, AdmitRequest } from '@waybill/contracts';
import { LimitKind } from '@waybill/contracts';
import { formatUsd } from '@waybill/kernel';
import { periodAt } from './period.ts';
import type { Subject } from './scope.ts';
import {
  accountAt,
  type BudgetRule,
  budgetsFor,
  type Counted,
  type LimitState,
  ratesFor,
  underWayFor,
} from './state.ts';
import { msUntilFits, usedInMinute } from './window.ts';

export interface Asked {
  readonly request: AdmitRequest;
  readonly option: AdmissionOption;
  readonly subject: Subject;
  readonly nowMicros: bigint;
}

/** The first limit that stands in the way of an option; undefined when it fits them all. */
export function refusalOf(state: LimitState, asked: Asked): AdmissionRefusal | undefined {
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

function refusedByRate(state: LimitState, asked: Asked): AdmissionRefusal | undefined {
  const { option, nowMicros } = asked;
  for (const counter of ratesFor(state, countedOf(asked))) {
    const { rule, minute, allowed } = counter;
    const needed = rule.kind === 'requests' ? 1 : tokensOf(option);
    const total = usedInMinute(minute, nowMicros);
    if (total + needed <= allowed) continue;
    const fitsAll = needed <= rule.amount;
    if (fitsAll) counter.unmet += needed;
    const held = Math.min(counter.heldTokens, total);
    const waitMs = msUntilFits(minute, nowMicros, { needed, limit: allowed });
    const facts = {
      limit: rule.id,
      kind: rule.kind === 'requests' ? LimitKind.REQUESTS : LimitKind.TOKENS,
      amount: BigInt(allowed),
      used: BigInt(total - held),
      held: BigInt(held),
      needed: BigInt(needed),
      neverFits: !fitsAll,
      retryAfterMs: fitsAll && allowed < rule.amount ? Math.min(waitMs ?? shareHintMs, shareHintMs) : waitMs,
    };
    return refusal(facts, BigInt(rule.amount));
  }
  return undefined;
}

function countedOf({ request, subject }: Asked): Counted {
  return { attemptId: request.attemptId, subject };
}

function refusedByConcurrency(state: LimitState, asked: Asked): AdmissionRefusal | undefined {
  const counter = underWayFor(state, countedOf(asked)).find(({ attempts, allowed }) => attempts >= allowed);
  if (counter === undefined) return undefined;
  const { rule, attempts, allowed } = counter;
  counter.unmet += 1;
  const facts = {
    limit: rule.id,
    kind: LimitKind.CONCURRENCY,
    amount: BigInt(allowed),
    used: 0n,
    held: BigInt(attempts),
    needed: 1n,
    neverFits: rule.amount < 1,
    retryAfterMs: rule.amount < 1 ? undefined : settlementHintMs,
  };
  return refusal(facts, BigInt(rule.amount));
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
/** Shares of a limit go where they are asked for about as soon. */
const shareHintMs = 1000;

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

/** `whole` is what the limit allows in all, where this replica has but a share of it. */
function refusal(facts: RefusalFacts, whole = facts.amount): AdmissionRefusal {
  const free = facts.amount - facts.used - facts.held;
  return { ...facts, retryAfterMs: facts.retryAfterMs, free, message: messageOf({ ...facts, free }, whole) };
}

function messageOf(facts: RefusalFacts & { readonly free: bigint }, whole: bigint): string {
  const { limit, kind, amount, used, held, free, needed } = facts;
  if (kind === LimitKind.UNPRICED) {
    return `${limit} counts money and the model has no prices: give it prices, or prices: free`;
  }
  if (kind === LimitKind.CALL_COST) {
    return `${limit} allows $${formatUsd(amount)} a call, and this one may cost up to $${formatUsd(needed)}`;
  }
  const figure = (value: bigint) => (kind === LimitKind.BUDGET ? `$${formatUsd(value)}` : String(value));
  const allowed = `${figure(amount)}${whole === amount ? '' : ` of its ${figure(whole)}`}${units[kind]}`;
  return `${limit} allows ${allowed}: ${figure(used)} used, ${figure(held)} held, ${figure(free)} free, ${figure(needed)} needed`;
}

/** What is counted; money has its sign before it. */
const units: Readonly<Record<LimitKind, string>> = {
  [LimitKind.UNSPECIFIED]: '',
  [LimitKind.REQUESTS]: ' requests a minute',
  [LimitKind.TOKENS]: ' tokens a minute',
  [LimitKind.CONCURRENCY]: ' calls at once',
  [LimitKind.BUDGET]: '',
  [LimitKind.CALL_COST]: '',
  [LimitKind.UNPRICED]: '',
};

export const nothingAskedFor = refusal({
  limit: 'admission',
  kind: LimitKind.UNSPECIFIED,
  amount: 0n,
  used: 0n,
  held: 0n,
  needed: 0n,
  neverFits: true,
});

export function tokensOf({ inputTokensBound, outputTokensBound }: AdmissionOption): number {
  return inputTokensBound + outputTokensBound;
}
