// Tells those who wait what the archive has made of their appends.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, FaultError } from '@waybill/kernel';
import type { Verdict } from '../archive/verdicts.ts';
import { epochSuperseded, logClosed } from '../log-faults.ts';
import type { Remains } from './epoch-publisher.ts';
import type { PendingAppend, PendingAppends } from './pending-append.ts';

const pauseMs = 500;

export interface SettlingWorld {
  readonly pending: PendingAppends;
  readonly stop: AbortSignal;
  verdictsOf(appends: readonly PendingAppend[]): Promise<readonly (Verdict | undefined)[]>;
  /** Resolves when the archive has everything that the stream has now. */
  archiveHasAll(): Promise<void>;
  /** Writes again, under another producer, what an epoch that is over has lost; resolves with the verdicts on that. */
  handIn(appends: readonly PendingAppend[], remains: Remains): Promise<readonly Verdict[]>;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Settling {
  /** Of appends that the archive has passed. */
  settle(appends: readonly PendingAppend[]): void;
  refuse(appends: readonly PendingAppend[], reason: Fault): void;
  /** Of appends of an epoch that is over. */
  bury(remains: Remains): void;
}

export function createSettling(world: SettlingWorld): Settling {
  const { pending, stop, alarm } = world;

  function answer(append: PendingAppend, verdict: Verdict): void {
    pending.remove(append);
    if (verdict.kind === 'stored') append.durable.resolve(verdict.positions.at(-1)!);
    else append.durable.reject(new FaultError(verdict.fault));
    append.settled.resolve(verdict);
  }

  function refuseAll(appends: readonly PendingAppend[], fault = logClosed()): void {
    for (const append of appends) answer(append, { kind: 'refused', fault });
  }

  /** Tries until the log is closed. */
  async function insist<Value>(attempt: () => Promise<Value>): Promise<Value | undefined> {
    while (!stop.aborted) {
      try {
        return await attempt();
      } catch {
        await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
      }
    }
    return undefined;
  }

  async function settleNow(appends: readonly PendingAppend[]): Promise<void> {
    const verdicts = await insist(() => world.verdictsOf(appends));
    for (const [index, append] of appends.entries()) {
      const verdict = verdicts?.[index];
      if (verdict) answer(append, verdict);
      else refuseAll([append]);
      if (verdicts && !verdict)
        alarm('events_not_in_archive', { event_ids: append.events.map(({ eventId }) => eventId) });
    }
  }

  async function buryNow(remains: Remains): Promise<void> {
    const { identity, acknowledged, uncertain } = remains;
    const appends = [...acknowledged, ...uncertain];
    const verdicts = await insist(async () => {
      await world.archiveHasAll();
      return world.verdictsOf(appends);
    });
    if (!verdicts) return refuseAll(appends);
    const lost: PendingAppend[] = [];
    for (const [index, append] of appends.entries()) {
      const verdict = verdicts[index];
      if (verdict) answer(append, verdict);
      else if (index < acknowledged.length) lost.push(append);
      else refuseAll([append], epochSuperseded(identity.producerId, identity.epoch));
    }
    if (lost.length > 0) await handInNow(lost, remains);
  }

  async function handInNow(lost: readonly PendingAppend[], remains: Remains): Promise<void> {
    const { identity } = remains;
    alarm('events_of_superseded_epoch_lost', { ...identity, events: lost.flatMap(({ events }) => events).length });
    const verdicts = await insist(() => world.handIn(lost, remains));
    if (!verdicts) return refuseAll(lost);
    lost.forEach((append, index) => {
      answer(append, verdicts[index]!);
    });
  }

  stop.addEventListener('abort', () => refuseAll(pending.all()), { once: true });

  return {
    settle(appends) {
      const isAnswered = ({ needsVerdict, isAcknowledged }: PendingAppend) => isAcknowledged && !needsVerdict;
      const waited = appends.filter((append) => !isAnswered(append));
      for (const append of appends.filter(isAnswered)) {
        pending.remove(append);
        append.settled.resolve({ kind: 'stored', positions: [] });
      }
      if (waited.length > 0) void settleNow(waited);
    },
    refuse: refuseAll,
    bury: (remains) => {
      if (remains.acknowledged.length + remains.uncertain.length > 0) void buryNow(remains);
    },
  };
}
