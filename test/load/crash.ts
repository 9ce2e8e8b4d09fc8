// kill -9 of the gateway under load, at a step of a call's journey or at any moment, again and again on the same books.
import { setTimeout as sleep } from 'node:timers/promises';
import { modelIds } from '../e2e/configuration.ts';
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { type BooksReport, checkBooks, checkEvents } from './books/check-books.ts';
import { drawPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { type Random, randomFrom, wholeBetween } from './random.ts';

/** Each numbered point of a journey, and how often calls pass it. */
export const crashSteps = {
  received: 1,
  ranked: 1,
  admitted: 1,
  first_commit_done: 1,
  provider_called: 1,
  first_part: 0.5,
  part: 20,
  provider_ended: 1,
  second_commit_done: 1,
  last_byte: 1,
  settled: 1,
} as const;

export type CrashPoint = { readonly step: keyof typeof crashSteps } | { readonly afterMs: number };

export interface CrashOptions {
  readonly points: readonly CrashPoint[];
  readonly seed: number;
  /** What is looked at after each restart: the events and the bill, or audit, replay and budgets as well. */
  readonly eachTime: 'events' | 'everything';
  /** Told of each crash and what was found after it. */
  readonly onCrash?: (crash: Crash) => void;
}

export interface Crash {
  readonly point: CrashPoint;
  /** From the start of the next process to its first answer. */
  readonly servesAgainAfterMs: number;
  readonly problems: readonly string[];
}

export interface CrashReport extends BooksReport {
  readonly crashes: number;
  readonly servesAgainAfterMs: { readonly median: number; readonly longest: number };
  readonly complete: number;
}

const clients = 12;
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };
const hook = new URL('./crash-at.ts', import.meta.url).href;

export async function runCrashes({ points, seed, eachTime, onCrash }: CrashOptions): Promise<CrashReport> {
  const random = randomFrom(seed);
  const simulator = { seed, chunkDelayMs: 3 };
  const [first, ...others] = points.map((point) => ({ point, environment: environmentOf(point, random) }));
  const world = await startWorld({ logLevel: 'debug', simulator, environment: first?.environment });
  const seen: SeenCall[] = [];
  const crashes: Crash[] = [];
  const books = { seen, budgets: [acme] };
  try {
    for (const [index, point] of points.entries()) {
      const problems = await crash(world, point, random, seen);
      const servesAgainAfterMs = await serveAgain(world, others[index]?.environment, seen);
      const found =
        eachTime === 'everything' ? (await checkBooks(world, books)).problems : await checkEvents(world, seen);
      problems.push(...found);
      crashes.push({ point, servesAgainAfterMs, problems });
      onCrash?.(crashes.at(-1)!);
    }
    const report = await checkBooks(world, books);
    return {
      ...report,
      problems: [...crashes.flatMap(({ problems }) => problems), ...report.problems],
      crashes: crashes.length,
      servesAgainAfterMs: summaryOf(crashes.map(({ servesAgainAfterMs }) => servesAgainAfterMs)),
      complete: seen.filter(({ outcome }) => outcome === 'complete').length,
    };
  } finally {
    await world.stop();
  }
}

function summaryOf(times: readonly number[]) {
  const sorted = times.toSorted((one, other) => one - other);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 };
}

/** Steps are counted from the start of the process, so that its first answer, which shows that it serves, counts. */
function environmentOf(point: CrashPoint, random: Random): Record<string, string> {
  if (!('step' in point)) return {};
  const calls = wholeBetween(random, 4, 24);
  const occurrence = Math.max(2, Math.round(calls * crashSteps[point.step]));
  return { NODE_OPTIONS: `--import=${hook}`, CRASH_AT_STEP: point.step, CRASH_AT_OCCURRENCE: String(occurrence) };
}

/** Loads the gateway until it dies. */
async function crash(world: StandaloneWorld, point: CrashPoint, random: Random, seen: SeenCall[]): Promise<string[]> {
  const { gateway } = world;
  let isDead = false;
  gateway.exited.then(() => {
    isDead = true;
  });
  const options = { models: ['smart', ...modelIds], leavingShare: 0.1 };
  const crowd = runCrowd(world, { atOnce: clients, next: () => (isDead ? undefined : drawPlan(random, options)) });
  const longest = 'step' in point ? 20_000 : point.afterMs;
  const ended = await Promise.race([
    gateway.exited,
    sleep(longest, undefined, { ref: false }).then(() => 'still alive'),
  ]);
  await gateway.kill();
  seen.push(...(await crowd));
  if (!('step' in point)) return ended === 'still alive' ? [] : [`it ended by itself with ${ended}`];
  return ended === 'SIGKILL' ? [] : [`step ${point.step} did not end it: ${ended}`];
}

/** Starts the next process; resolves when it has given an answer, with how long that took. */
async function serveAgain(
  world: StandaloneWorld,
  environment: Record<string, string> | undefined,
  seen: SeenCall[],
): Promise<number> {
  const begun = performance.now();
  await world.startAgain(environment);
  const plan = {
    dialect: 'openai',
    model: 'gpt-4o-mini',
    stream: false,
    prompt: 'Are you there?',
    maxTokens: 5,
  } as const;
  const [answer] = await runCrowd(world, { atOnce: 1, next: inTurn(1, () => plan) });
  seen.push(answer!);
  if (answer?.outcome !== 'complete') throw new Error(`it does not serve again: ${answer?.why}`);
  return Math.round(performance.now() - begun);
}
