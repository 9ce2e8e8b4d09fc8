// Double entry: each posting takes an amount from one account and puts it on another, so that all balances add up to 0.
import { checkedInt64, type PicoUsd } from '@waybill/kernel';
import type { MoneyFact } from './fact.ts';

/** One amount, debited and credited at once. */
export interface Posting {
  readonly debit: string;
  readonly credit: string;
  /** From 0 up to an int64's largest. */
  readonly amountPicoUsd: PicoUsd;
  /** A price class of the rating, or what is done: reserve, release, owed, uncertain, certain, reversal. */
  readonly lineClass: string;
}

/**
 * The accounts. `clearing` belongs to one attempt: its hold, its lines and its total pass through, and when all three
 * agree with each other it is back at zero. `uncertain` and `contingent` are what may still turn out to be owed.
 */
export const account = {
  expense: (tenantId: string) => `expense/${tenantId}`,
  held: (tenantId: string) => `held/${tenantId}`,
  uncertain: (tenantId: string) => `uncertain/${tenantId}`,
  payable: (providerId: string) => `payable/${providerId}`,
  contingent: (providerId: string) => `contingent/${providerId}`,
  clearing: (attemptId: string) => `clearing/${attemptId}`,
};

/** What a fact does to the accounts, from the fact alone. Throws a RangeError for an amount that cannot be booked. */
export function postingsOf(fact: MoneyFact): readonly Posting[] {
  const { tenantId, providerId, attemptId, rating } = fact;
  const clearing = account.clearing(attemptId);
  const postings: Posting[] = [];
  const post = (lineClass: string, debit: string, credit: string, amount: PicoUsd) => {
    if (amount < 0n) throw new RangeError(`${fact.eventId} posts ${amount} pico-USD as ${lineClass}, below zero`);
    postings.push({ debit, credit, amountPicoUsd: checkedInt64(amount, lineClass), lineClass });
  };
  if (fact.holdPicoUsd !== 0n) {
    const held = account.held(tenantId);
    if (fact.kind === 'started') post('reserve', clearing, held, fact.holdPicoUsd);
    else post('release', held, clearing, fact.holdPicoUsd);
  }
  if (fact.replacedPicoUsd !== 0n) {
    post('reversal', account.payable(providerId), account.expense(tenantId), fact.replacedPicoUsd);
  }
  for (const line of rating?.lines ?? []) {
    post(line.class, account.expense(tenantId), clearing, line.amountPicoUsd);
  }
  if (rating !== undefined) post('owed', clearing, account.payable(providerId), rating.amountPicoUsd);
  const doubt = fact.uncertainPicoUsd;
  if (doubt > 0n) post('uncertain', account.uncertain(tenantId), account.contingent(providerId), doubt);
  if (doubt < 0n) post('certain', account.contingent(providerId), account.uncertain(tenantId), -doubt);
  return postings;
}

/** By how much each account changes; debits count up, credits down. */
export function changesOf(postings: readonly Posting[]): ReadonlyMap<string, bigint> {
  const changes = new Map<string, bigint>();
  for (const { debit, credit, amountPicoUsd } of postings) {
    changes.set(debit, (changes.get(debit) ?? 0n) + amountPicoUsd);
    changes.set(credit, (changes.get(credit) ?? 0n) - amountPicoUsd);
  }
  return changes;
}
