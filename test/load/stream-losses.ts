// NATS away for a while, then without the last of what it had acknowledged, then without anything: the books go on.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelIds } from '../e2e/configuration.ts';
import { type DistributedWorld, startDistributedWorld } from '../e2e/distributed/world.ts';
import { checkBooks } from './books/check-books.ts';
import { eventually } from './books/eventually.ts';
import { drawPlan } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { type Random, randomFrom } from './random.ts';

export type StreamLoss = 'away' | 'unarchived' | 'truncated' | 'empty';

export interface StreamLossesOptions {
  readonly losses: readonly StreamLoss[];
  readonly seed: number;
  /** How long NATS is away, milliseconds. */
  readonly awayMs: number;
  /** Made before and after each loss. */
  readonly calls: number;
  readonly onLoss?: (report: StreamLossReport) => void;
}

export interface StreamLossReport {
  readonly loss: StreamLoss;
  readonly problems: readonly string[];
  /** What the archiver said of the gap. */
  readonly alarm: string | undefined;
  /** What the repair found and did. */
  readonly repair: unknown;
  readonly events: number;
}

interface Run {
  readonly world: DistributedWorld;
  readonly random: Random;
  readonly options: StreamLossesOptions;
  readonly seen: SeenCall[];
}

interface Happened {
  readonly alarm?: string | undefined;
  readonly repair?: unknown;
  readonly problems?: readonly string[];
}

const clients = 8;
const settlesWithinMs = 60_000;
const behind = /"alarm":"event_log_behind_record".*/g;
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };

const losses: Readonly<Record<StreamLoss, (run: Run) => Promise<Happened>>> = {
  away: stayAway,
  unarchived: loseUnarchived,
  truncated: (run) => loseArchived(run, 'kept'),
  empty: (run) => loseArchived(run, 'nothing'),
};

/** One after the other on the same books. */
export async function runStreamLosses(options: StreamLossesOptions) {
  const world = await startDistributedWorld({ simulator: { seed: options.seed, chunkDelayMs: 3 } });
  const run: Run = { world, random: randomFrom(options.seed), options, seen: [] };
  const reports: StreamLossReport[] = [];
  try {
    for (const loss of options.losses) {
      await load(run);
      const { alarm, repair, problems: before = [] } = await losses[loss](run);
      const silent = await eventually(() => answers(run), settlesWithinMs);
      await load(run);
      const { events, problems } = await checkBooks(world, { seen: run.seen, budgets: [acme], settlesWithinMs });
      reports.push({ loss, alarm, repair, events, problems: [...before, ...silent, ...problems] });
      options.onLoss?.(reports.at(-1)!);
    }
    return {
      problems: reports.flatMap(({ loss, problems }) => problems.map((problem) => `${loss}: ${problem}`)),
      reports,
    };
  } finally {
    await world.stop();
  }
}

async function load({ world, random, options, seen }: Run): Promise<void> {
  const models = ['smart', ...modelIds];
  const next = inTurn(options.calls, () => drawPlan(random, { models, leavingShare: 0.1 }));
  seen.push(...(await runCrowd(world, { atOnce: clients, next })));
}

async function answers({ world, seen }: Run): Promise<string[]> {
  const plan = {
    dialect: 'openai',
    model: 'gpt-4o-mini',
    stream: false,
    prompt: 'Are you there?',
    maxTokens: 5,
  } as const;
  const [call] = await runCrowd(world, { atOnce: 1, next: inTurn(1, () => plan) });
  seen.push(call!);
  return call?.outcome === 'complete' ? [] : [`it does not serve again: ${call?.why}`];
}

async function stayAway(run: Run): Promise<Happened> {
  const { nats } = run.world.deployment;
  const loading = load(run);
  await nats.kill();
  await sleep(run.options.awayMs);
  await nats.start();
  await loading;
  return {};
}

/** What the stream loses no archive has: those who wrote it still do. */
async function loseUnarchived(run: Run): Promise<Happened> {
  const [cost] = run.world.deployment.of('cost');
  await cost!.kill();
  await keepCopy(run);
  await load(run);
  await restore(run, 'kept');
  await cost!.start();
  return {};
}

/** What the stream loses the archive has: nothing goes on until it is repaired. */
async function loseArchived(run: Run, how: 'kept' | 'nothing'): Promise<Happened> {
  const { world } = run;
  const alarmsBefore = alarmsIn(world).length;
  await keepCopy(run);
  await load(run);
  const archived = await eventually(() => standsStill(world), settlesWithinMs);
  await restore(run, how);
  const unnoticed = await eventually(async () => {
    return alarmsIn(world).length > alarmsBefore ? [] : ['no alarm names the gap'];
  }, settlesWithinMs);
  const { code, stdout, stderr } = await world.waybill(['repair', '--json']);
  const failed = code === 0 ? [] : [`repair exits ${code}: ${stdout}${stderr}`];
  return { alarm: alarmsIn(world).at(-1), repair: stdout.trim(), problems: [...archived, ...unnoticed, ...failed] };
}

async function keepCopy({ world }: Run): Promise<void> {
  const { nats } = world.deployment;
  await nats.stop();
  await cp(nats.folder, `${nats.folder}-copy`, { recursive: true, force: true });
  await nats.start();
}

async function restore({ world }: Run, how: 'kept' | 'nothing'): Promise<void> {
  const { nats } = world.deployment;
  const store = join(nats.folder, 'jetstream');
  await nats.kill();
  await rm(store, { recursive: true, force: true });
  if (how === 'kept') await cp(join(`${nats.folder}-copy`, 'jetstream'), store, { recursive: true });
  await rm(`${nats.folder}-copy`, { recursive: true, force: true });
  await nats.start();
}

/** Claims that the archive has everything that was written. */
async function standsStill({ deployment }: DistributedWorld): Promise<string[]> {
  const shown = await (await fetch(`${deployment.of('cost')[0]!.url}/metrics`)).text();
  const lag = /^waybill_archive_lag_batches (\d+)$/m.exec(shown)?.[1];
  return lag === '0' ? [] : [`the archive is ${lag ?? 'an unknown number of'} batches behind`];
}

function alarmsIn({ log }: DistributedWorld): string[] {
  return log.match(behind) ?? [];
}
