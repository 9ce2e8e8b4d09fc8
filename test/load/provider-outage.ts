// A provider that is down altogether, under load, and comes back.
import { setTimeout as sleep } from 'node:timers/promises';
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { checkBooks } from './books/check-books.ts';
import { askIn, type Ending } from './fault-calls.ts';

export interface ProviderOutageOptions {
  /** Made while it is down, spread over that time. */
  readonly calls: number;
  /** How long it is down at least; default 0 ms: as long as the calls take one after the other. */
  readonly downMs?: number;
  /** How it is down: the simulator's fault. */
  readonly how?: 'server-error' | 'reset' | 'stall';
  /** Default 20. */
  readonly clients?: number;
  /** Without them a call has to find out that it is back. */
  readonly healthChecks?: boolean;
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

const withinMs = 30_000;
const mostAttemptsPerCall = 1.1;
const backWithinMs = 30_000;
/** A provider that is silent is left soon. */
const timeouts = { first_byte_ms: 1_000 };
const route = { model: 'pair', candidates: ['gpt-4o-mini', 'claude-haiku-4-5'], retries: 2 };

export async function runProviderOutage(options: ProviderOutageOptions): Promise<ProviderOutageReport> {
  const { seed, how = 'server-error', clients = 20, healthChecks = true } = options;
  const world = await startWorld({ routes: [route], healthChecks, timeouts, simulator: { seed, firstByteMs: 20 } });
  try {
    const before = await ask(world);
    await world.simulator.setFaults([{ dialect: 'openai', directives: `fault=${how}` }]);
    const endings = await askMany(world, { ...options, clients });
    const isOpenFrom = endings.findIndex(({ attempts }) => attempts === 1);
    // Those under way when it opened had gone out before.
    const counted = isOpenFrom < 0 ? [] : endings.slice(isOpenFrom + clients);
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

interface Crowd {
  readonly calls: number;
  readonly clients: number;
  readonly downMs?: number;
}

/** In the order in which they ended. */
async function askMany(world: StandaloneWorld, { calls, clients, downMs = 0 }: Crowd): Promise<Ending[]> {
  const endings: Ending[] = [];
  const pauseMs = (downMs * clients) / calls;
  let begun = 0;
  const client = async () => {
    while (begun < calls) {
      begun += 1;
      endings.push(await ask(world));
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
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
