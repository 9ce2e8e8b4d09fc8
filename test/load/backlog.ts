// cost, which fills the archive and keeps the ledger, is away while calls go on; how long until it has caught up.
import { type DistributedWorld, startDistributedWorld } from '../e2e/distributed/world.ts';
import { type BooksReport, checkBooks } from './books/check-books.ts';
import { eventually } from './books/eventually.ts';
import type { CallPlan } from './call-plan.ts';
import { inTurn, runCrowd } from './client-crowd.ts';

export interface BacklogOptions {
  /** That many at least are written while cost is away. */
  readonly events: number;
  readonly seed: number;
}

export interface BacklogReport extends BooksReport {
  /** From the start of its process until it was ready, milliseconds. */
  readonly readyAfterMs: number;
  /** From the start of its process until archive and ledger had everything, milliseconds. */
  readonly caughtUpAfterMs: number;
}

const clients = 64;
const eventsPerCall = 5;
const catchesUpWithinMs = 300_000;
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };
const plan: CallPlan = {
  dialect: 'openai',
  model: 'gpt-4o-mini',
  stream: false,
  prompt: 'Say something about tides.',
  maxTokens: 5,
};

export async function runBacklog({ events, seed }: BacklogOptions): Promise<BacklogReport> {
  const world = await startDistributedWorld({ simulator: { seed } });
  try {
    const [cost] = world.deployment.of('cost');
    await cost!.kill();
    const calls = Math.ceil(events / eventsPerCall);
    const seen = await runCrowd(world, { atOnce: clients, next: inTurn(calls, () => plan) });
    const begun = performance.now();
    await cost!.start();
    const readyAfterMs = Math.round(performance.now() - begun);
    const late = await eventually(() => whatIsBehind(world), catchesUpWithinMs);
    const caughtUpAfterMs = Math.round(performance.now() - begun);
    const books = await checkBooks(world, { seen, budgets: [acme], settlesWithinMs: catchesUpWithinMs });
    return { ...books, problems: [...late, ...books.problems], readyAfterMs, caughtUpAfterMs };
  } finally {
    await world.stop();
  }
}

async function whatIsBehind({ deployment }: DistributedWorld): Promise<string[]> {
  const shown = await (await fetch(`${deployment.of('cost')[0]!.url}/metrics`)).text();
  const behind = [...shown.matchAll(/^(waybill_(?:archive_lag_batches|projection_lag_events)\S*) (\d+)$/gm)];
  if (behind.length < 2) return ['cost does not tell how far behind it is'];
  return behind.filter(([, , count]) => count !== '0').map(([line]) => line);
}
