// `npm run soak -- <name>`: the long runs in full. Prints what was found as JSON, and exits 1 when a promise was broken.
// The same seed gives the same calls and faults.
//   mixed [--calls N] [--six]     calls of all kinds; with --six, every service in a process of its own
//   budget [--calls N] [--six]    calls at once against a budget
//   crash [--crashes N]           kill -9 of the one process at each step of a journey and at any moment
//   outages [--cycles N] [--only name,...] [--pause]   each service, NATS and MongoDB taken away under load
//   backlog [--events N]          cost is away while calls go on, and catches up
//   stream-losses [--away S]      NATS away for so many seconds, without its last messages, without anything
//   shared-budget [--calls N] [--runs N]               three gateways and three rate-limit replicas, killed and paused
//   faults [--calls N]            every fault of a provider in every dialect; then one that is down in each way, and comes back
//   aborts [--streams N]          streams that are left at any moment
//   slow-readers [--readers N]    clients that read slowly, late or not at all
//   fuzz [--inputs N] [--requests N]   damaged answers through the codecs, and damaged requests at the HTTP surface
import { parseArgs } from 'node:util';
import { startDistributedWorld } from '../e2e/distributed/world.ts';
import { fuzzDecoders } from '../fuzz/decoders.ts';
import { fuzzSurface } from '../fuzz/surface.ts';
import { mongod, natsServer, provisionOrExit } from '../infra/provision.ts';
import { runAborts } from './aborts.ts';
import { runBacklog } from './backlog.ts';
import { runBudget } from './budget.ts';
import { type Crash, type CrashPoint, crashSteps, runCrashes } from './crash.ts';
import { runFaults } from './faults.ts';
import { runMixed } from './mixed.ts';
import { type OutageTarget, outageTargets, runOutages, type TargetReport } from './outages.ts';
import { runProviderOutage } from './provider-outage.ts';
import { randomFrom, wholeBetween } from './random.ts';
import { runSharedBudgets, type SharedBudgetReport } from './shared-budget.ts';
import { runSlowReaders } from './slow-readers.ts';
import { runStreamLosses, type StreamLossReport } from './stream-losses.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string' },
    crashes: { type: 'string' },
    seed: { type: 'string' },
    six: { type: 'boolean', default: false },
    cycles: { type: 'string' },
    only: { type: 'string' },
    pause: { type: 'boolean', default: false },
    runs: { type: 'string' },
    events: { type: 'string' },
    away: { type: 'string' },
    streams: { type: 'string' },
    readers: { type: 'string' },
    inputs: { type: 'string' },
    requests: { type: 'string' },
  },
});
const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
const calls = numberOf(values.calls);

interface Found {
  readonly problems: readonly string[];
}

const start = values.six ? startDistributedWorld : undefined;

const soaks: Readonly<Record<string, () => Promise<Found>>> = {
  mixed: () => runMixed({ calls: calls ?? 2_000, seed, start }),
  budget: () => runBudget({ calls: calls ?? 500, seed, start }),
  outages: () =>
    runOutages({
      targets: (values.only?.split(',') as OutageTarget[] | undefined) ?? outageTargets,
      kind: values.pause ? 'pause' : 'kill',
      cycles: numberOf(values.cycles) ?? 20,
      seed,
      onTarget: tellTarget,
    }),
  backlog: () => runBacklog({ events: numberOf(values.events) ?? 100_000, seed }),
  'stream-losses': () =>
    runStreamLosses({
      losses: ['away', 'unarchived', 'truncated', 'empty'],
      seed,
      awayMs: (numberOf(values.away) ?? 60) * 1_000,
      calls: calls ?? 200,
      onLoss: tellLoss,
    }),
  'shared-budget': () =>
    runSharedBudgets({
      calls: calls ?? 1_000,
      budgetUsd: 5,
      replicas: 3,
      seed,
      runs: numberOf(values.runs) ?? 20,
      onRun: tellRun,
    }),
  async faults() {
    const faults = await runFaults({ seed });
    const atOnce = await runProviderOutage({ calls: calls ?? 2_000, clients: 500, seed });
    // As long as its breaker needs to reach its longest pause.
    const long = { calls: 1_000, clients: 50, seed };
    const unchecked = await runProviderOutage({ ...long, downMs: 40_000, healthChecks: false });
    const silent = await runProviderOutage({ ...long, downMs: 20_000, how: 'stall' });
    const gone = await runProviderOutage({ ...long, downMs: 20_000, how: 'reset' });
    const outages = { atOnce, unchecked, silent, gone };
    return {
      problems: [faults, ...Object.values(outages)].flatMap(({ problems }) => problems),
      faults,
      outages,
    };
  },
  aborts: () => runAborts({ streams: numberOf(values.streams) ?? 2_000, seed }),
  'slow-readers': () =>
    runSlowReaders({
      readers: numberOf(values.readers) ?? 500,
      rounds: [12_000, 60_000],
      watchedMs: 10_000,
      seed,
    }),
  async fuzz() {
    const told = (what: string) => (done: number) => process.stdout.write(`${done} ${what}\n`);
    const inputs = numberOf(values.inputs) ?? 10_000_000;
    const requests = numberOf(values.requests) ?? 200_000;
    const decoders = await fuzzDecoders({ inputs, seed, onProgress: told('inputs') });
    const surface = await fuzzSurface({ requests, seed, onProgress: told('requests') });
    return { problems: [...decoders.problems, ...surface.problems], decoders, surface };
  },
  crash() {
    const points = crashPoints(numberOf(values.crashes) ?? 100);
    return runCrashes({ points, seed, eachTime: 'everything', onCrash: tell });
  },
};

const inSixProcesses = ['outages', 'backlog', 'stream-losses', 'shared-budget'];

const [name = ''] = positionals;
const soak = soaks[name];
if (soak === undefined) {
  process.stderr.write(`npm run soak -- <${Object.keys(soaks).join('|')}> [--seed S] …\n`);
  process.exit(2);
}
if (values.six || inSixProcesses.includes(name)) provisionOrExit([natsServer, mongod]);
process.stdout.write(`${name} with --seed ${seed}\n`);
const found = await soak();
process.stdout.write(
  `${JSON.stringify(found, (_name, value) => (typeof value === 'bigint' ? `${value}` : value), 2)}\n`,
);
process.stdout.write(`${found.problems.length === 0 ? 'ok' : `FAILED: ${found.problems.length} problems`}\n`);
process.exitCode = found.problems.length === 0 ? 0 : 1;

/** Each step once, then so many random moments. */
function crashPoints(randomMoments: number): CrashPoint[] {
  const random = randomFrom(seed);
  const steps = Object.keys(crashSteps) as (keyof typeof crashSteps)[];
  const moments = Array.from({ length: randomMoments }, () => ({ afterMs: wholeBetween(random, 20, 2_000) }));
  return [...steps.map((step) => ({ step })), ...moments];
}

function tell({ point, servesAgainAfterMs, problems }: Crash): void {
  const where = 'step' in point ? `at ${point.step}` : `after ${point.afterMs} ms`;
  process.stdout.write(`killed ${where}; serves again after ${servesAgainAfterMs} ms; ${problems.length} problems\n`);
}

function tellTarget({ target, problems, servesAgainAfterMs: times, calls: made, complete }: TargetReport): void {
  const median = times[Math.floor(times.length / 2)];
  const again = `serves again after ${median} ms in the median, ${times.at(-1)} ms at most`;
  process.stdout.write(
    `${target}: ${times.length} times; ${again}; ${complete} of ${made} calls; ${problems.length} problems\n`,
  );
  for (const problem of problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`);
}

function tellLoss({ loss, events, alarm, repair, problems }: StreamLossReport): void {
  process.stdout.write(`${loss}: ${events} events; ${problems.length} problems\n`);
  for (const said of [alarm, repair]) if (said !== undefined) process.stdout.write(`  ${said}\n`);
  for (const problem of problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`);
}

function tellRun(report: SharedBudgetReport): void {
  const { complete, refusedByBudget, peak, budget, disturbances, problems } = report;
  const counted = `${complete} answered, ${refusedByBudget} refused, peak ${peak} of ${budget}`;
  process.stdout.write(`${counted}; ${disturbances.join(', ')}; ${problems.length} problems\n`);
  for (const problem of problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
