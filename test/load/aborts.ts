// Streams that are opened and left at any moment: nothing of them stays behind, and each is settled.
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { checkBooks } from './books/check-books.ts';
import { eventually } from './books/eventually.ts';
import { type CallPlan, streamedDialects } from './call-plan.ts';
import type { SeenCall } from './client-calls.ts';
import { inTurn, runCrowd } from './client-crowd.ts';
import { collectable, collectGarbage } from './collect-garbage.ts';
import { oneOf, type Random, randomFrom, wholeBetween } from './random.ts';

export interface AbortsOptions {
  /** That are left before their end. */
  readonly streams: number;
  readonly seed: number;
}

/** What the gateway's process holds when nothing is under way. */
export interface Held {
  /** Sockets, timers and the like. */
  readonly handles: number;
  /** Where the system tells; else 0. */
  readonly files: number;
  readonly heapBytes: number;
}

export interface AbortsReport {
  readonly problems: readonly string[];
  readonly left: number;
  readonly complete: number;
  readonly attempts: number;
  /** After the first quarter, and at the end. */
  readonly before: Held;
  readonly after: Held;
}

const atOnce = 40;
/** For each stream that is to be left. */
const mostOpened = 10;
const models = ['gpt-4o-mini', 'gpt-4o', 'claude-haiku-4-5', 'gemini-2.5-flash'];
const acme = { id: 'acme-monthly', tenantId: 'acme', amountPicoUsd: 10_000_000_000_000_000n };
/** Connections to providers and of callers that are kept for a while. */
const restsWithinMs = 20_000;
/** As many as calls that can be under way: a connection stays for a while after the last of them. */
const moreHandles = 2 * atOnce;
/** After garbage has been collected: what a few thousand calls leave in bounded caches, and far less than their answers. */
const moreHeapBytes = 8 * 1024 * 1024;

export async function runAborts({ streams, seed }: AbortsOptions): Promise<AbortsReport> {
  const world = await startWorld({ environment: collectable, simulator: { seed, chunkDelayMs: 5 } });
  const random = randomFrom(seed);
  try {
    const warm = Math.ceil(streams / 4);
    const first = await leaveStreams(world, random, warm);
    await rest(world, undefined);
    const before = await held(world);
    const later = await leaveStreams(world, random, streams - warm);
    const notAtRest = await rest(world, before);
    const after = await held(world);
    const seen = [...first, ...later];
    const { problems, attempts } = await checkBooks(world, { seen, budgets: [acme] });
    const count = (wanted: string) => seen.filter(({ outcome }) => outcome === wanted).length;
    const brokenOnes = seen.filter(({ outcome }) => outcome === 'broken').map(({ why }) => `a stream broke: ${why}`);
    return {
      problems: [
        ...(count('left') >= streams ? [] : [`${count('left')} streams were left, not ${streams}`]),
        ...brokenOnes,
        ...notAtRest,
        ...problems,
      ],
      left: count('left'),
      complete: count('complete'),
      attempts,
      before,
      after,
    };
  } finally {
    await world.stop();
  }
}

/** Left before the first piece, at any later one, after some time, or when its deadline is over, whatever came by then. */
async function leaveStreams(world: StandaloneWorld, random: Random, count: number): Promise<SeenCall[]> {
  const draw = (): CallPlan => {
    const plan = {
      dialect: oneOf(random, streamedDialects),
      model: oneOf(random, models),
      stream: true,
      prompt: 'Tell me about the tides.',
      maxTokens: wholeBetween(random, 20, 200),
    };
    if (plan.dialect === 'grpc' && random() < 0.5) return { ...plan, deadlineMs: wholeBetween(random, 1, 500) };
    const isCounted = random() < 0.8;
    const leavesAfter = isCounted ? { pieces: wholeBetween(random, 0, 25) } : { ms: wholeBetween(random, 0, 100) };
    return { ...plan, leavesAfter };
  };
  const seen: SeenCall[] = [];
  // Some answers are over before their reader leaves: so many are opened that as many as were asked for are left.
  for (let left = 0; left < count; left = seen.filter(({ outcome }) => outcome === 'left').length) {
    seen.push(...(await runCrowd(world, { atOnce, next: inTurn(count - left, draw) })));
    if (seen.length > mostOpened * count) break;
  }
  return seen;
}

/** Waits until nothing is left of calls, or until no more is held than before. */
async function rest(world: StandaloneWorld, before: Held | undefined): Promise<string[]> {
  let last: Held | undefined;
  return eventually(async () => {
    const now = await held(world);
    const than = before ?? last ?? { handles: 0, files: 0, heapBytes: Number.POSITIVE_INFINITY };
    last = now;
    return [
      ...(now.handles <= than.handles + moreHandles ? [] : [`${now.handles} handles, and ${than.handles} before`]),
      ...(now.files <= than.files + moreHandles ? [] : [`${now.files} open files, and ${than.files} before`]),
      ...(now.heapBytes <= than.heapBytes + moreHeapBytes
        ? []
        : [`${now.heapBytes} bytes of heap, and ${than.heapBytes} before`]),
    ];
  }, restsWithinMs);
}

async function held(world: StandaloneWorld): Promise<Held> {
  await collectGarbage(world);
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    handles: value('nodejs_active_resources_total') || value('nodejs_active_handles_total'),
    files: value('process_open_fds'),
    heapBytes: value('nodejs_heap_size_used_bytes'),
  };
}
