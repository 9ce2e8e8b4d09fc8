// Many calls of all kinds at once: a tenth of the clients hang up, a tenth of the provider's answers fail in five ways.
import type { SimulatedBillLine } from '@waybill/standalone';
import { type StartWorld, startWorld } from '../e2e/world.ts';
import { type BooksReport, checkBooks } from './books/check-books.ts';
import { drawPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { randomFrom } from './random.ts';

export interface MixedOptions {
  readonly calls: number;
  readonly seed: number;
  /** Default: everything in one process. */
  readonly start?: StartWorld;
}

export interface MixedReport extends BooksReport {
  readonly complete: number;
  readonly broken: number;
  readonly left: number;
  readonly callsPerSecond: number;
  /** How often the provider failed, in which way. */
  readonly failed: Readonly<Record<string, number>>;
}

const atOnce = 50;
const models = ['smart', 'gpt-4o-mini', 'gpt-4o', 'claude-haiku-4-5', 'gemini-2.5-flash'];
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };

/** Five ways to fail, each for one answer in fifty. */
export const failures = ['server-error', 'reset-after:3', 'end-after:3', 'stall-after:3', 'rate-limit:milliseconds:50'];
const faults = failures.map((fault, index) => ({ every: 50, skip: 10 * index, directives: `fault=${fault}` }));

export async function runMixed({ calls, seed, start = startWorld }: MixedOptions): Promise<MixedReport> {
  const world = await start({ idleMs: 500, simulator: { seed, chunkDelayMs: 1, faults } });
  try {
    const random = randomFrom(seed);
    const begun = performance.now();
    const next = inTurn(calls, () => drawPlan(random, { models, leavingShare: 0.1 }));
    const seen = await runCrowd(world, { atOnce, next });
    const seconds = (performance.now() - begun) / 1000;
    const report = await checkBooks(world, { seen, budgets: [acme] });
    const failed = countFailures((await world.simulator.bill()).lines);
    return { ...report, ...countOutcomes(seen), callsPerSecond: Math.round(calls / seconds), failed };
  } finally {
    await world.stop();
  }
}

function countOutcomes(seen: readonly SeenCall[]) {
  const count = (wanted: SeenCall['outcome']) => seen.filter(({ outcome }) => outcome === wanted).length;
  return { complete: count('complete'), broken: count('broken'), left: count('left') };
}

function countFailures(lines: readonly SimulatedBillLine[]): Record<string, number> {
  return Object.fromEntries(
    failures.map((failure) => [failure, lines.filter(({ faults: played }) => played.includes(failure)).length]),
  );
}
