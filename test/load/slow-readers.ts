// Clients that read slowly or not at all: what their gateway holds for them is bounded, however much there is to send,
// their provider has to wait, and every call is settled in the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { checkBooks } from './books/check-books.ts';
import { eventually } from './books/eventually.ts';
import { collectable, collectGarbage } from './collect-garbage.ts';
import { type Habit, openSlowClient, type SlowClient, type SlowClientOptions } from './slow-client.ts';

export interface SlowReadersOptions {
  /** At once, half of them over gRPC; besides them, in a round of its own, a fifth as many that are late. */
  readonly readers: number;
  /** How many pieces of 2,000 characters the answers have, in one round after the other. */
  readonly rounds: readonly number[];
  /** How long they are watched in each round. */
  readonly watchedMs: number;
  readonly seed: number;
}

/** Of the gateway's process, in bytes: what is in use on its heap and beside it, and what the system counts. */
export interface Memory {
  readonly heldBytes: number;
  readonly residentBytes: number;
}

export interface Round {
  readonly pieces: number;
  /** The most while all of them were open. */
  readonly peak: Memory;
  /** Pieces that the provider had sent to those that left, in the median and at most. */
  readonly sent: { readonly median: number; readonly most: number };
  /** Readers that got all of it. */
  readonly complete: number;
}

export interface SlowReadersReport {
  readonly problems: readonly string[];
  readonly before: Memory;
  /** The round of those that were late, whose answers are the shortest. */
  readonly late: Round;
  /** The rounds of the others. */
  readonly rounds: readonly Round[];
  readonly after: Memory;
}

const pieceCharacters = 2_000;
/** A provider may be silent for so long, and a late reader is for longer. */
const idleMs = 1_000;
const lateMs = 3 * idleMs;
const habits: readonly Habit[] = ['none', 'slow'];
const model = (pieces: number) => `pieces-${pieces}`;
/** More than this for each reader would be another answer's pieces. */
const moreBytesEach = 256 * 1024;
/** What a process holds more or less of without a reason. */
const moreBytes = 32 * 1024 * 1024;
const withinMs = 120_000;
const openingAtOnce = 8;
/** How often a client tries to connect to a gateway that is busy with so many others. */
const triesToOpen = 5;

export async function runSlowReaders({
  readers,
  rounds,
  watchedMs,
  seed,
}: SlowReadersOptions): Promise<SlowReadersReport> {
  const brokenModels = Object.fromEntries(
    rounds.map((pieces) => [model(pieces), `repeat=${pieces}:${pieceCharacters}`]),
  );
  const world = await startWorld({
    ...{ brokenModels, brokenOutputTokens: 100_000, idleMs, connections: 2 * readers },
    environment: collectable,
    simulator: { seed },
  });
  try {
    const before = await memoryOf(world);
    const seen: Round[] = [];
    const problems: string[] = [];
    const few = { pieces: Math.min(...rounds), readers: Math.ceil(readers / 5), habits: ['late' as const] };
    const late = await runRound(world, { ...few, watchedMs: 0, problems });
    for (const pieces of rounds) seen.push(await runRound(world, { pieces, readers, habits, watchedMs, problems }));
    let after = before;
    const notAtRest = await eventually(async () => {
      after = await memoryOf(world);
      const isBack = after.heldBytes <= before.heldBytes + moreBytes;
      return isBack ? [] : [`${after.heldBytes} bytes are held when all have left, and ${before.heldBytes} before`];
    }, withinMs);
    const books = await checkBooks(world, { seen: [], budgets: [], settlesWithinMs: withinMs });
    return {
      problems: [...problems, ...roundProblems(seen, readers), ...notAtRest, ...books.problems],
      before,
      late,
      rounds: seen,
      after,
    };
  } finally {
    await world.stop();
  }
}

interface RoundOptions extends Pick<SlowReadersOptions, 'readers' | 'watchedMs'> {
  readonly pieces: number;
  readonly habits: readonly Habit[];
  readonly problems: string[];
}

async function runRound(world: StandaloneWorld, options: RoundOptions): Promise<Round> {
  const { pieces, watchedMs, problems } = options;
  const billedBefore = (await world.simulator.bill()).lines.length;
  const clients = await openAll(world, options);
  const peak = await watch(world, watchedMs);
  const late = await Promise.all(clients.filter(({ habit }) => habit === 'late').map(endOf));
  problems.push(...late.filter((end) => end !== 'complete').map((end) => `a late reader did not get all: ${end}`));
  for (const client of clients) client.leave();
  await Promise.all(clients.map(({ ended }) => ended));
  problems.push(...(await eventually(() => unbilled(world, billedBefore + clients.length), withinMs)));
  const sent = (await world.simulator.bill()).lines
    .slice(billedBefore)
    .filter(({ outcome }) => outcome === 'cut')
    .map(({ tokensGenerated }) => tokensGenerated)
    .sort((one, other) => one - other);
  const complete = late.filter((end) => end === 'complete').length;
  return { pieces, peak, complete, sent: { median: sent[sent.length >> 1] ?? 0, most: sent.at(-1) ?? 0 } };
}

/** A few at a time: a crowd that connects at once would wait for each other. */
async function openAll(world: StandaloneWorld, options: RoundOptions): Promise<SlowClient[]> {
  const { pieces, readers, habits: kinds, problems } = options;
  const clients: SlowClient[] = [];
  let begun = 0;
  const open = async () => {
    for (let index = begun++; index < readers; index = begun++) {
      const over = index % 2 === 0 ? 'http' : 'grpc';
      const habit = kinds[Math.floor(index / 2) % kinds.length]!;
      await openAtLast(world, { model: model(pieces), over, habit, lateMs }).then(
        (client) => clients.push(client),
        (thrown: unknown) => problems.push(`no answer began over ${over}: ${thrown}`),
      );
    }
  };
  await Promise.all(Array.from({ length: openingAtOnce }, open));
  return clients;
}

async function openAtLast(world: StandaloneWorld, options: SlowClientOptions, tries = 1): Promise<SlowClient> {
  try {
    return await openSlowClient(world, options);
  } catch (thrown) {
    if (tries === triesToOpen) throw thrown;
    return openAtLast(world, options, tries + 1);
  }
}

/** The most that is held in this time. */
async function watch(world: StandaloneWorld, watchedMs: number): Promise<Memory> {
  let peak: Memory = { heldBytes: 0, residentBytes: 0 };
  const until = performance.now() + watchedMs;
  do {
    await sleep(Math.min(1_000, watchedMs));
    const now = await memoryOf(world);
    peak = {
      heldBytes: Math.max(peak.heldBytes, now.heldBytes),
      residentBytes: Math.max(peak.residentBytes, now.residentBytes),
    };
  } while (performance.now() < until);
  return peak;
}

function endOf({ ended, over }: SlowClient): Promise<string> {
  const tooLate = sleep(withinMs, `nothing over ${over} within ${withinMs} ms`, { ref: false });
  return Promise.race([ended, tooLate]);
}

async function unbilled(world: StandaloneWorld, lines: number): Promise<string[]> {
  const billed = (await world.simulator.bill()).lines.length;
  return billed >= lines ? [] : [`the provider is still at ${lines - billed} answers that nobody reads`];
}

/** However long the answers are: the same memory, and a provider that waits. */
function roundProblems(rounds: readonly Round[], readers: number): string[] {
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (first === undefined || last === undefined || first === last) return ['there is nothing to compare'];
  const most = first.peak.heldBytes + readers * moreBytesEach + moreBytes;
  return [
    ...(last.peak.heldBytes <= most
      ? []
      : [
          `${last.peak.heldBytes} bytes are held for ${last.pieces} pieces, ${first.peak.heldBytes} for ${first.pieces}`,
        ]),
    ...(last.sent.most * 2 <= last.pieces
      ? []
      : [`the provider could send ${last.sent.most} of ${last.pieces} pieces to a reader that does not read`]),
  ];
}

async function memoryOf(world: StandaloneWorld): Promise<Memory> {
  await collectGarbage(world);
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    heldBytes: value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes'),
    residentBytes: value('process_resident_memory_bytes'),
  };
}
