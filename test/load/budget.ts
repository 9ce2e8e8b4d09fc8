// Many calls at once against a budget that pays for some of them.
import { keys } from '../e2e/configuration.ts';
import { type StartWorld, startWorld } from '../e2e/world.ts';
import { type BooksReport, checkBooks } from './books/check-books.ts';
import { type Budget, checkRefusals, foldBudget } from './books/check-budget.ts';
import { readEntries } from './books/entries.ts';
import type { CallPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { oneOf, randomFrom, wholeBetween } from './random.ts';

export interface BudgetOptions {
  /** All made at the same time. */
  readonly calls: number;
  readonly seed: number;
  /** Default: everything in one process. */
  readonly start?: StartWorld;
}

export interface BudgetReport extends BooksReport {
  readonly complete: number;
  readonly refusedByBudget: number;
  /** Why calls came to neither, for people. */
  readonly otherwise: readonly string[];
  /** The most that was spent, held and uncertain at any event; pico-USD. */
  readonly peak: bigint;
  readonly budget: bigint;
}

/** A call of gpt-4o with 100 tokens of output costs about 0.0011 USD: a hundred of them. */
const small: Budget = { id: 'small-total', tenantId: 'small', amountPicoUsd: 110_000_000_000n };

export async function runBudget({ calls, seed, start = startWorld }: BudgetOptions): Promise<BudgetReport> {
  const faults = [{ directives: 'output=100&first-byte=20' }];
  const world = await start({ smallBudgetUsd: 0.11, simulator: { seed, faults } });
  try {
    const random = randomFrom(seed);
    const draw = (): CallPlan => ({
      dialect: oneOf(random, ['openai', 'anthropic', 'plain']),
      model: 'gpt-4o',
      stream: random() < 0.5,
      prompt: 'Say something about tides.',
      maxTokens: wholeBetween(random, 100, 110),
    });
    const seen = await runCrowd(world, { atOnce: calls, next: inTurn(calls, draw), key: keys.small });
    const report = await checkBooks(world, { seen, budgets: [small] });
    const isRefused = ({ limit, status }: SeenCall) => limit === small.id && status === 429;
    const others = seen.filter((call) => call.outcome !== 'complete' && !isRefused(call));
    const entries = await readEntries(world);
    return {
      ...report,
      problems: [...report.problems, ...checkRefusals(entries, small)],
      complete: seen.filter(({ outcome }) => outcome === 'complete').length,
      refusedByBudget: seen.filter(isRefused).length,
      otherwise: others.map(({ why }) => why),
      peak: foldBudget(entries, small).peak,
      budget: small.amountPicoUsd,
    };
  } finally {
    await world.stop();
  }
}
