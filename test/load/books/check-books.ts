// Everything that must hold of a gateway's books once nothing is under way.
import type { BooksWorld } from '../../e2e/world.ts';
import type { SeenCall } from '../client-calls.ts';
import { checkAnswers, checkAttempts } from './check-attempts.ts';
import { type BillComparison, compareBill } from './check-bill.ts';
import { type Budget, foldBudget } from './check-budget.ts';
import { checkProducers } from './check-producers.ts';
import { checkLedger, checkStanding } from './check-stores.ts';
import { type Entry, eventsOf, openAttempts, readEntries } from './entries.ts';
import { eventually } from './eventually.ts';

export interface BooksReport extends Omit<BillComparison, 'problems'> {
  readonly problems: readonly string[];
  readonly events: number;
  readonly attempts: number;
  readonly calls: number;
  readonly refused: number;
  /** Of the replayed ledger. */
  readonly sha256: string;
}

export interface BooksOptions {
  readonly seen: readonly SeenCall[];
  /** Budgets that have to come to rest. */
  readonly budgets: readonly Budget[];
  /** How long calls that lost their gateway may stay open; default 20,000 ms. */
  readonly settlesWithinMs?: number;
}

/** Waits for what is still under way, and then looks at everything. */
export async function checkBooks(world: BooksWorld, options: BooksOptions): Promise<BooksReport> {
  const { seen, budgets, settlesWithinMs = 20_000 } = options;
  const problems = await checkEvents(world, seen, settlesWithinMs);
  const entries = await readEntries(world);
  const { problems: _seenAbove, ...comparison } = compareBill(entries, (await world.simulator.bill()).lines);
  const folds = budgets.map((budget) => ({ budget, ...foldBudget(entries, budget) }));
  for (const { budget, spent, uncertain, problems: passed } of folds) {
    problems.push(...passed);
    problems.push(
      ...(await eventually(() => checkStanding(world, { id: budget.id, spent, uncertain }), settlesWithinMs)),
    );
  }
  const ledger = await checkLedger(world, comparison.reported.booked + comparison.estimated.booked);
  return {
    ...comparison,
    problems: [...problems, ...ledger.problems],
    events: entries.length,
    attempts: eventsOf(entries, 'started').length,
    calls: eventsOf(entries, 'admitted').length,
    refused: eventsOf(entries, 'refused').length,
    sha256: ledger.sha256,
  };
}

/** The events alone and against the bill, once every attempt has ended. */
export async function checkEvents(
  world: BooksWorld,
  seen: readonly SeenCall[],
  settlesWithinMs = 20_000,
): Promise<string[]> {
  let entries: Entry[] = [];
  const open = await eventually(async () => {
    entries = await readEntries(world);
    return openAttempts(entries).map((id) => `attempt ${id} has not ended`);
  }, settlesWithinMs);
  if (open.length > 0) return open;
  // A call's end is written with its last attempt's, or right after it; a line of the bill when its socket is closed.
  return eventually(async () => {
    entries = await readEntries(world);
    const { lines } = await world.simulator.bill();
    return [
      ...checkAttempts(entries),
      ...checkAnswers(entries, seen),
      ...checkProducers(entries),
      ...compareBill(entries, lines).problems,
    ];
  }, 3_000);
}
