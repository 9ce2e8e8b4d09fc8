// A provider that is down altogether, under load, and comes back.
import { setTimeout as sleep } from 'node:timers/promises';
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { checkBooks } from './books/check-books.ts';
import { askIn, type Ending } from './fault-calls.ts';

export interface ProviderOutageOptions {
  /** Made while it is down. */
  readonly calls: number;
  readonly seed: number;
}

export interface ProviderOutageReport {
  readonly problems: readonly string[];
  /** Per call, once the first of them was kept away from the provider that is down. */
  readonly attemptsPerCall: number;
  /** Of the same calls: how many were sent to the provider that is down. */
  readonly sentToIt: number;
  readonly counted: number;
  /** From its recovery to the first answer by it. */
  readonly backAfterMs: number;
}

const atOnce = 20;
const withinMs = 30_000;
const mostAttemptsPerCall = 1.1;
const backWithinMs = 30_000;
const route = { model: 'pair', candidates: ['gpt-4o-mini', 'claude-haiku-4-5'], retries: 2 };

export async function runProviderOutage({ calls, seed }: ProviderOutageOptions): Promise<ProviderOutageReport> {
  const world = await startWorld({ routes: [route], simulator: { seed, firstByteMs: 20 } });
  try {
    const before = await ask(world);
    await world.simulator.setFaults([{ dialect: 'openai', directives: 'fault=server-error' }]);
    const endings = await askMany(world, calls);
    const isOpenFrom = endings.findIndex(({ attempts }) => attempts === 1);
    // Those under way when it opened had gone out before.
    const counted = isOpenFrom < 0 ? [] : endings.slice(isOpenFrom + atOnce);
    const attempts = counted.reduce((sum, each) => sum + (each.attempts ?? 0), 0);
    const backAfterMs = await timeToReturn(world);
    const books = await checkBooks(world, { seen: [], budgets: [] });
    const attemptsPerCall = attempts / Math.max(1, counted.length);
    return {
      attemptsPerCall,
      sentToIt: counted.filter((each) => (each.attempts ?? 0) > 1).length,
      counted: counted.length,
      backAfterMs,
      problems: [
        ...(before.provider === 'openai' ? [] : [`the first provider was ${before.provider} to begin with`]),
        ...(counted.length > 0 ? [] : ['its breaker never opened']),
        ...endings.filter(({ ended }) => ended !== 'complete').map(({ shown }) => `a call failed: ${shown}`),
        ...(attemptsPerCall <= mostAttemptsPerCall
          ? []
          : [`${attemptsPerCall} attempts per call with the breaker open`]),
        ...(backAfterMs <= backWithinMs ? [] : [`no answer by it within ${backWithinMs} ms of its recovery`]),
        ...books.problems,
      ],
    };
  } finally {
    await world.stop();
  }
}

function ask(world: StandaloneWorld): Promise<Ending> {
  return askIn(world, 'chat', { model: route.model, stream: true, withinMs });
}

async function askMany(world: StandaloneWorld, calls: number): Promise<Ending[]> {
  const endings: Ending[] = [];
  let begun = 0;
  const client = async () => {
    while (begun < calls) {
      begun += 1;
      endings.push(await ask(world));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return endings;
}

async function timeToReturn(world: StandaloneWorld): Promise<number> {
  await world.simulator.setFaults([]);
  const since = performance.now();
  while (performance.now() - since <= backWithinMs) {
    const { provider } = await ask(world);
    if (provider === 'openai') break;
    await sleep(100);
  }
  return Math.round(performance.now() - since);
}
