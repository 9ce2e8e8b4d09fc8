// One process or server after the other is taken away under load and brought back, again and again on the same books.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceName, serviceNames } from '@waybill/config';
import { modelIds } from '../e2e/configuration.ts';
import {
  type DistributedWorld,
  type DistributedWorldOptions,
  startDistributedWorld,
} from '../e2e/distributed/world.ts';
import { checkBooks } from './books/check-books.ts';
import { drawPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { type Random, randomFrom, wholeBetween } from './random.ts';

export type OutageTarget = ServiceName | 'nats' | 'mongodb';

export const outageTargets: readonly OutageTarget[] = [...serviceNames, 'nats', 'mongodb'];

/** `kill`: SIGKILL, and started again. `pause`: SIGSTOP for longer than every lease, and SIGCONT. */
export type OutageKind = 'kill' | 'pause';

export interface OutageOptions {
  readonly targets: readonly OutageTarget[];
  readonly kind: OutageKind;
  /** For each target. */
  readonly cycles: number;
  readonly seed: number;
  readonly replicas?: DistributedWorldOptions['replicas'];
  /** Told of each target once its cycles are over and the books were looked at. */
  readonly onTarget?: (report: TargetReport) => void;
}

export interface TargetReport {
  readonly target: OutageTarget;
  readonly problems: readonly string[];
  /** From when it was back, or began to start, to the first call answered after that; milliseconds, ascending. */
  readonly servesAgainAfterMs: readonly number[];
  readonly calls: number;
  readonly complete: number;
}

export interface OutageReport {
  readonly problems: readonly string[];
  readonly targets: readonly TargetReport[];
  /** What the alarms and errors in the logs were, counted by their words. */
  readonly alarms: Readonly<Record<string, number>>;
}

const clients = 8;
/** Longer than the lease of any of them. */
const pauseMs = 16_000;
const settlesWithinMs = 60_000;
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };

export async function runOutages({ targets, seed, replicas, onTarget, ...rest }: OutageOptions): Promise<OutageReport> {
  const random = randomFrom(seed);
  const world = await startDistributedWorld({ replicas, simulator: { seed, chunkDelayMs: 3 } });
  const seen: SeenCall[] = [];
  const reports: TargetReport[] = [];
  try {
    for (const target of targets) {
      const report = await takeAway(world, { ...rest, target, random, seen });
      reports.push(report);
      onTarget?.(report);
    }
    const problems = reports.flatMap((report) => report.problems.map((problem) => `${report.target}: ${problem}`));
    return { problems, targets: reports, alarms: alarmsIn(world.log) };
  } finally {
    await world.stop();
  }
}

interface TargetRun {
  readonly target: OutageTarget;
  readonly kind: OutageKind;
  readonly cycles: number;
  readonly random: Random;
  /** Every call of the whole run, for the books. */
  readonly seen: SeenCall[];
}

async function takeAway(world: DistributedWorld, run: TargetRun): Promise<TargetReport> {
  const before = run.seen.length;
  const times: number[] = [];
  const problems: string[] = [];
  for (let cycle = 0; cycle < run.cycles; cycle += 1) {
    try {
      times.push(await oneOutage(world, run));
    } catch (thrown) {
      problems.push(`cycle ${cycle}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  const books = await checkBooks(world, { seen: run.seen, budgets: [acme], settlesWithinMs });
  const own = run.seen.slice(before);
  return {
    target: run.target,
    problems: [...problems, ...books.problems],
    servesAgainAfterMs: times.toSorted((one, other) => one - other),
    calls: own.length,
    complete: own.filter(({ outcome }) => outcome === 'complete').length,
  };
}

/** Loads the gateway, takes the target away and back, and goes on until calls are answered again. */
async function oneOutage(world: DistributedWorld, { target, kind, random, seen }: TargetRun): Promise<number> {
  let isOver = false;
  const options = { models: ['smart', ...modelIds], leavingShare: 0.1 };
  const crowd = runCrowd(world, { atOnce: clients, next: () => (isOver ? undefined : drawPlan(random, options)) });
  try {
    await sleep(wholeBetween(random, 100, 700));
    const subject = subjectOf(world, target, random);
    if (kind === 'pause') {
      subject.pause();
      await sleep(pauseMs);
      subject.resume();
    } else {
      await subject.kill();
      await sleep(wholeBetween(random, 0, 400));
    }
    const begun = performance.now();
    if (kind === 'kill') await subject.start();
    await untilAnswered(world, seen);
    const tookMs = Math.round(performance.now() - begun);
    await sleep(wholeBetween(random, 100, 400));
    return tookMs;
  } finally {
    isOver = true;
    seen.push(...(await crowd));
  }
}

function subjectOf({ deployment }: DistributedWorld, target: OutageTarget, random: Random) {
  if (target === 'nats' || target === 'mongodb') return deployment[target];
  const replicas = deployment.of(target);
  return replicas[wholeBetween(random, 0, replicas.length - 1)]!;
}

const answerWithinMs = 60_000;

async function untilAnswered(world: DistributedWorld, seen: SeenCall[]): Promise<void> {
  const plan = {
    dialect: 'openai',
    model: 'gpt-4o-mini',
    stream: false,
    prompt: 'Are you there?',
    maxTokens: 5,
  } as const;
  const deadline = performance.now() + answerWithinMs;
  for (;;) {
    const [answer] = await runCrowd(world, { atOnce: 1, next: inTurn(1, () => plan) });
    seen.push(answer!);
    if (answer?.outcome === 'complete') return;
    if (performance.now() > deadline) throw new Error(`it does not serve again: ${answer?.why}`);
    await sleep(20);
  }
}

function alarmsIn(log: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, alarm = ''] of log.matchAll(/"alarm":"([a-z_]+)"/g)) counts[alarm] = (counts[alarm] ?? 0) + 1;
  return counts;
}
