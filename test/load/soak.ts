// `npm run soak -- mixed|crash|budget [--calls N] [--crashes N] [--seed S]`: the long runs in full. Prints what was found
// as JSON, and exits 1 when a promise was broken. The same seed gives the same calls and faults.
import { parseArgs } from 'node:util';
import { runBudget } from './budget.ts';
import { type Crash, type CrashPoint, crashSteps, runCrashes } from './crash.ts';
import { runMixed } from './mixed.ts';
import { randomFrom, wholeBetween } from './random.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string' }, crashes: { type: 'string' }, seed: { type: 'string' } },
});
const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
const calls = numberOf(values.calls);

interface Found {
  readonly problems: readonly string[];
}

const soaks: Readonly<Record<string, () => Promise<Found>>> = {
  mixed: () => runMixed({ calls: calls ?? 2_000, seed }),
  budget: () => runBudget({ calls: calls ?? 500, seed }),
  crash() {
    const points = crashPoints(numberOf(values.crashes) ?? 100);
    return runCrashes({ points, seed, eachTime: 'everything', onCrash: tell });
  },
};

const soak = soaks[positionals[0] ?? ''];
if (soak === undefined) {
  process.stderr.write(`npm run soak -- <${Object.keys(soaks).join('|')}> [--calls N] [--crashes N] [--seed S]\n`);
  process.exit(2);
}
process.stdout.write(`${positionals[0]} with --seed ${seed}\n`);
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

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
