// Keeps this replica's share of every limit that calls of several partitions count in.
import { type Clock, FaultError, fault } from '@waybill/kernel';
import { type Share, shareOut } from '../core/share-out.ts';
import type { SharedState } from '../core/state.ts';
import { usedInMinute } from '../core/window.ts';
import type { ShareBook, SharesOfLimits } from '../ports.ts';

export interface ShareLimitsOptions {
  readonly shared: SharedState;
  readonly book: ShareBook;
  readonly clock: Clock;
}

export interface ShareRound {
  /** This replica among the owners. */
  readonly me: string;
  /** The owners that are there, this one included. */
  readonly live: ReadonlySet<string>;
  /** This replica is in charge of all partitions: what others have admitted before is counted here. */
  readonly hasEverything: boolean;
  /** It keeps no more than what it has used. */
  readonly isLeaving: boolean;
}

export interface ShareKeeper {
  /** Looks at what is needed here and takes the share that is due. Throws when the book cannot be used. */
  exchange(round: ShareRound): Promise<void>;
  /** Uses nothing more: the place among the replicas is lost. */
  stop(): void;
}

/** For as long the share of one that is gone stays taken: what it has admitted counts for a minute. */
const goneForMs = 62_000;
const triesMost = 5;

type Counter = SharedState['counters']['rates' | 'underWay'][number];

export function keepShares({ shared, book, clock }: ShareLimitsOptions): ShareKeeper {
  const counters: readonly Counter[] = [...shared.counters.rates, ...shared.counters.underWay];
  const goneSince = new Map<string, number>();

  function usedOf(counter: Counter): number {
    return 'minute' in counter ? usedInMinute(counter.minute, shared.time.nowMicros) : counter.attempts;
  }

  /** Owners that are not there and whose admissions count no more. */
  function over(shares: SharesOfLimits, { live, hasEverything }: ShareRound): ReadonlySet<string> {
    const nowMs = clock.monotonicMs();
    const gone = new Set(Object.values(shares).flatMap((owners) => owners.map(({ owner }) => owner)));
    for (const owner of live) gone.delete(owner);
    for (const owner of goneSince.keys()) if (!gone.has(owner)) goneSince.delete(owner);
    for (const owner of gone) if (!goneSince.has(owner)) goneSince.set(owner, nowMs);
    return new Set([...gone].filter((owner) => hasEverything || nowMs - goneSince.get(owner)! > goneForMs));
  }

  function due(before: SharesOfLimits, round: ShareRound): SharesOfLimits {
    const isOver = over(before, round);
    const needs = counters.map((counter) => {
      const { rule, unmet } = counter;
      const { me, live, isLeaving } = round;
      const need = { me, limit: rule.amount, used: usedOf(counter), unmet, live, over: isOver, isLeaving };
      return [rule.id, shareOut(before[rule.id] ?? [], need)] as const;
    });
    return { ...before, ...Object.fromEntries(needs) };
  }

  /** Alone and with all of it there is nothing to look at. */
  function hasAll({ live, hasEverything, isLeaving }: ShareRound): boolean {
    return (
      live.size === 1 && hasEverything && !isLeaving && counters.every(({ rule, allowed }) => allowed === rule.amount)
    );
  }

  function apply(shares: SharesOfLimits, me: string, allow: (before: number, due: number) => number): void {
    for (const counter of counters) {
      const share = shares[counter.rule.id]?.find(({ owner }) => owner === me);
      counter.allowed = allow(counter.allowed, share?.amount ?? 0);
    }
  }

  return {
    async exchange(round) {
      if (counters.length === 0 || hasAll(round)) return;
      for (let tried = 0; tried < triesMost; tried += 1) {
        const { version, shares } = await book.read();
        const next = due(shares, round);
        // What is given back is no longer used before others may learn of it.
        apply(next, round.me, Math.min);
        if (!isSame(shares, next) && !(await book.write(version, next))) continue;
        apply(next, round.me, (_before, amount) => amount);
        for (const counter of counters) counter.unmet = 0;
        return;
      }
      throw new FaultError(fault('unavailable', 'the shares of limits are changed by others all the time'));
    },
    stop() {
      for (const counter of counters) counter.allowed = 0;
    },
  };
}

function isSame(one: SharesOfLimits, other: SharesOfLimits): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(shares: SharesOfLimits): readonly (readonly [string, readonly Share[]])[] {
  const byName = Object.entries(shares).sort(([one], [other]) => (one < other ? -1 : 1));
  return byName.map(([id, owners]) => [id, [...owners].sort((one, other) => (one.owner < other.owner ? -1 : 1))]);
}
