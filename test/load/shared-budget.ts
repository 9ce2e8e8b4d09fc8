// One budget, several gateways and rate-limit replicas, many calls at once, and replicas killed and paused meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { keys } from '../e2e/configuration.ts';
import { type DistributedWorld, startDistributedWorld } from '../e2e/distributed/world.ts';
import type { World } from '../e2e/world.ts';
import { type BooksReport, checkBooks } from './books/check-books.ts';
import { type Budget, foldBudget } from './books/check-budget.ts';
import { readEntries } from './books/entries.ts';
import type { CallPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { oneOf, type Random, randomFrom, wholeBetween } from './random.ts';

export interface SharedBudgetOptions {
  /** All made at the same time, spread over the gateways; and as many again once the disturbances are over. */
  readonly calls: number;
  /** What the budget is, USD. */
  readonly budgetUsd: number;
  readonly seed: number;
  /** Replicas of gateway and of rate-limit. */
  readonly replicas: number;
}

export interface SharedBudgetsOptions extends SharedBudgetOptions {
  /** One after the other, each on a deployment of its own and with the next seed. */
  readonly runs: number;
  readonly onRun?: (report: SharedBudgetReport) => void;
}

export interface SharedBudgetReport extends BooksReport {
  readonly complete: number;
  readonly refusedByBudget: number;
  /** The most that was spent, held and uncertain at any event; pico-USD. */
  readonly peak: bigint;
  readonly budget: bigint;
  /** What was done to whom. */
  readonly disturbances: readonly string[];
}

const settlesWithinMs = 60_000;

export async function runSharedBudgets({ runs, onRun, seed, ...options }: SharedBudgetsOptions) {
  const problems: string[] = [];
  for (let run = 0; run < runs; run += 1) {
    const report = await runSharedBudget({ ...options, seed: seed + run });
    onRun?.(report);
    problems.push(...report.problems.map((problem) => `seed ${seed + run}: ${problem}`));
  }
  return { runs, problems };
}

export async function runSharedBudget(options: SharedBudgetOptions): Promise<SharedBudgetReport> {
  const { calls, budgetUsd, seed, replicas } = options;
  const small: Budget = {
    id: 'small-total',
    tenantId: 'small',
    amountPicoUsd: BigInt(Math.round(budgetUsd * 1e6)) * 1_000_000n,
  };
  const faults = [{ directives: 'output=1000&first-byte=50' }];
  const world = await startDistributedWorld({
    smallBudgetUsd: budgetUsd,
    replicas: { gateway: replicas, 'rate-limit': replicas },
    simulator: { seed, faults, chunkDelayMs: 1 },
  });
  try {
    const random = randomFrom(seed);
    const disturbing = disturb(world, random);
    const gateways = world.deployment.of('gateway').map((gateway) => world.at(gateway));
    const share = Math.ceil(calls / gateways.length);
    const next = () => inTurn(share, () => drawCall(random));
    const crowdAt = (gateway: World) => runCrowd(gateway, { atOnce: share, next: next(), key: keys.small });
    const wave = () => Promise.all(gateways.map(crowdAt));
    const disturbed = await wave();
    const disturbances = await disturbing;
    const seen = [...disturbed, ...(await wave())].flat();
    await startThoseThatEnded(world);
    const report = await checkBooks(world, { seen, budgets: [small], settlesWithinMs });
    const complete = seen.filter(({ outcome }) => outcome === 'complete').length;
    const isRefused = ({ limit, status }: SeenCall) => limit === small.id && status === 429;
    const refusedByBudget = seen.filter(isRefused).length;
    return {
      ...report,
      problems: [...report.problems, ...provesNothing(seen, complete + refusedByBudget)],
      complete,
      refusedByBudget,
      peak: foldBudget(await readEntries(world), small).peak,
      budget: small.amountPicoUsd,
      disturbances,
    };
  } finally {
    await world.stop();
  }
}

/** A budget that was never drawn on has not been shown to hold. */
function provesNothing(seen: readonly SeenCall[], decided: number): string[] {
  if (decided > 0) return [];
  const ends = new Set(seen.map(({ status, why }) => `${status} ${why.slice(0, 200)}`));
  return [`no call was answered or refused by the budget: ${[...ends].slice(0, 5).join('; ')}`];
}

/** A call of gpt-4o with 1,000 tokens of output costs about 0.0101 USD. */
function drawCall(random: Random): CallPlan {
  return {
    dialect: oneOf(random, ['openai', 'anthropic', 'plain']),
    model: 'gpt-4o',
    stream: random() < 0.5,
    prompt: 'Say something about tides.',
    maxTokens: wholeBetween(random, 1000, 1100),
  };
}

const disturbancesPerRun = 4;

/** Kills and pauses replicas of both services while the calls go on, and leaves all of them running. */
async function disturb(world: DistributedWorld, random: Random): Promise<string[]> {
  const { deployment } = world;
  const told: string[] = [];
  for (let count = 0; count < disturbancesPerRun; count += 1) {
    await sleep(wholeBetween(random, 50, 800));
    const service = oneOf(random, ['rate-limit', 'rate-limit', 'gateway'] as const);
    const replica = oneOf(random, deployment.of(service));
    if (random() < 0.5) {
      told.push(`killed ${replica.instance}`);
      await replica.kill();
      await replica.start();
    } else {
      const forMs = wholeBetween(random, 1_000, 12_000);
      told.push(`paused ${replica.instance} for ${forMs} ms`);
      replica.pause();
      await sleep(forMs);
      replica.resume();
      if (!replica.isRunning()) await replica.start();
    }
  }
  await startThoseThatEnded(world);
  return told;
}

/** As a supervisor would: who was paused past its lease may find out only at its next write, and then ends itself. */
async function startThoseThatEnded({ deployment }: DistributedWorld): Promise<void> {
  await sleep(500);
  for (const replica of deployment.processes) if (!replica.isRunning()) await replica.start();
}
