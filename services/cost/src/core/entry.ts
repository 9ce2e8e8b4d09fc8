// One entry of the ledger, and the text that its hash is made of.
import type { MoneyFact } from './fact.ts';
import type { Posting } from './postings.ts';

/**
 * The canonical form of an entry: a JSON array of texts without white space, numbers in decimal digits, in this order:
 * ordinal (from 1), kind, event id, occurred at (microseconds since 1970 UTC), call, attempt, model, usage standing,
 * price version, replaced event id, and the list of postings, each debit account, credit account, amount in pico-USD
 * and line class. It says the same on every machine, whatever its time zone and language.
 */
export function canonicalEntry(ordinal: bigint, fact: MoneyFact, postings: readonly Posting[]): string {
  return JSON.stringify([
    ordinal.toString(),
    fact.kind,
    fact.eventId,
    fact.occurredAtMicros.toString(),
    fact.callId,
    fact.attemptId,
    fact.modelId,
    fact.standing,
    fact.rating?.priceVersion ?? '',
    fact.replacesEventId,
    postings.map((each) => [each.debit, each.credit, each.amountPicoUsd.toString(), each.lineClass]),
  ]);
}
