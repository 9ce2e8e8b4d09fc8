// Appends whose ids may have been used before: looked up in the archive first, so that a repeat uses no number, and
// answered with the archive's verdict, so that the answer holds whoever else was writing.
import { createHash } from 'node:crypto';
import type { ExpectedVersion } from '@waybill/contracts';
import { FaultError, faultOf } from '@waybill/kernel';
import { judgeAppend, type StoredBefore } from '../archive/judge-append.ts';
import { createGroupCommit } from '../group-commit.ts';
import type { Appended, Position } from '../ports.ts';
import { sequenceOf } from '../positions.ts';
import { type PendingAppend, type PendingAppends, type PendingEvent, pendingAppend } from './pending-append.ts';

export interface CheckingWorld {
  readonly pending: PendingAppends;
  /** What the archive holds of the ids and streams once it has come as far as the stream. */
  lookUp(eventIds: readonly string[], streamIds: readonly string[]): Promise<StoredBefore>;
  /** Hands the append to the publisher. Throws when nothing more is taken. */
  submit(append: PendingAppend): void;
}

export interface CheckedAppends {
  /** Resolves with what the archive says. `isAwaited` tells whether somebody still waits. */
  append(events: readonly PendingEvent[], demand: CheckedDemand): Promise<Appended>;
  /** Resolves when everything that was given is on its way or answered. */
  drained(): Promise<void>;
}

export interface CheckedDemand {
  readonly expectedVersion: ExpectedVersion | undefined;
  isAwaited(): boolean;
}

interface Candidate extends CheckedDemand {
  readonly events: readonly (PendingEvent & { readonly digest: Buffer })[];
  readonly answer: PromiseWithResolvers<Appended>;
}

export function createCheckedAppends(world: CheckingWorld): CheckedAppends {
  const lane = createGroupCommit(async (candidates: readonly Candidate[]) => {
    for (let rest = candidates; rest.length > 0; ) rest = await takeSome(rest);
  });

  /** Takes the first, and those after it as long as none depends on what is under way; returns the others. */
  async function takeSome(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
    await underWay(candidates[0]!)?.settled.promise;
    const awaited = candidates.filter(({ isAwaited }) => isAwaited());
    if (awaited.length === 0) return [];
    const stored = await lookUp(awaited).catch((thrown: unknown) => {
      for (const { answer } of awaited) answer.reject(new FaultError(faultOf(thrown)));
    });
    if (!stored) return [];
    for (const [index, candidate] of awaited.entries()) {
      if (underWay(candidate)) return awaited.slice(index);
      take(candidate, stored);
    }
    return [];
  }

  function underWay({ events, expectedVersion }: Candidate): PendingAppend | undefined {
    const same = events.map(({ eventId }) => world.pending.of(eventId)).find((append) => append !== undefined);
    return same ?? (expectedVersion && world.pending.into(expectedVersion.streamId));
  }

  function lookUp(candidates: readonly Candidate[]): Promise<StoredBefore> {
    const eventIds = candidates.flatMap(({ events }) => events.map(({ eventId }) => eventId));
    const streamIds = candidates.flatMap(({ expectedVersion }) => expectedVersion?.streamId ?? []);
    return world.lookUp(eventIds, [...new Set(streamIds)]);
  }

  function take({ events, expectedVersion, answer }: Candidate, stored: StoredBefore): void {
    const { newPlaces, fault } = judgeAppend(stored, { events, expectedVersion });
    const fresh = events.filter((_, place) => newPlaces.has(place));
    if (fault) answer.reject(new FaultError(fault));
    else if (fresh.length === 0) answer.resolve(appendedOf(events, positionsIn(stored), 0));
    else write(fresh, expectedVersion).then((written) => answer.resolve(join(events, stored, written)), answer.reject);
  }

  async function write(
    events: readonly PendingEvent[],
    expectedVersion: ExpectedVersion | undefined,
  ): Promise<Written> {
    const append = pendingAppend(events, { expectedVersion, needsVerdict: true });
    world.submit(append);
    const verdict = await append.settled.promise;
    if (verdict.kind !== 'stored') throw new FaultError(verdict.fault);
    const sequence = sequenceOf(await append.durable.promise);
    const positions = new Map(events.map(({ eventId }, index) => [eventId, verdict.positions[index]!]));
    // What lies elsewhere was written by somebody else at the same time.
    const own = verdict.positions.filter((position) => sequenceOf(position) === sequence).length;
    return { positions, own };
  }

  return {
    append(events, demand) {
      const answer = Promise.withResolvers<Appended>();
      lane.add({ ...demand, events: events.map(withDigest), answer });
      return answer.promise;
    },
    drained: lane.drained,
  };
}

interface Written {
  readonly positions: ReadonlyMap<string, Position>;
  readonly own: number;
}

function join(events: readonly PendingEvent[], stored: StoredBefore, { positions, own }: Written): Appended {
  return appendedOf(events, new Map([...positionsIn(stored), ...positions]), own);
}

function positionsIn({ events }: StoredBefore): ReadonlyMap<string, Position> {
  return new Map([...events].map(([eventId, { position }]) => [eventId, position]));
}

function appendedOf(events: readonly PendingEvent[], positions: ReadonlyMap<string, Position>, own: number): Appended {
  return { position: positions.get(events.at(-1)!.eventId)!, duplicates: events.length - own };
}

function withDigest(event: PendingEvent) {
  return { ...event, digest: createHash('sha256').update(event.envelope).digest() };
}
