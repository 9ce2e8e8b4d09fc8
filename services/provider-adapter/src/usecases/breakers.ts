// The breakers of all targets, by provider, upstream model and key.
import type { BreakerChanged } from '@waybill/contracts';
import type { Clock } from '@waybill/kernel';
import { type Breaker, closedBreaker, enter, fail, makeDue, postpone, succeed, waitFor } from '../core/breaker.ts';
import type { Target } from '../ports.ts';

export interface Breakers {
  /** Milliseconds until an attempt may pass; 0 when it may now. */
  waitMs(target: BreakerTarget): number;
  /** An attempt passes; one that may not is not to be sent. */
  enter(target: BreakerTarget): boolean;
  /** Takes in how an attempt ended that had passed. */
  leave(target: BreakerTarget, outcome: 'succeeded' | 'provider_failed' | 'says_nothing'): void;
  /** The provider answered outside of attempts, or cannot be reached and is to be left alone for so long. */
  checked(key: ProviderKeyName, leftAloneMs: number): void;
  /** Breakers of one provider, by upstream model and key. */
  of(providerId: string): readonly (readonly [target: BreakerTarget, breaker: Breaker])[];
}

/** Which of a provider's keys; an empty id where it has one or none. */
export interface ProviderKeyName {
  readonly providerId: string;
  readonly keyId: string;
}

export interface BreakerTarget extends ProviderKeyName {
  readonly upstreamModel: string;
}

/** Keeps the breakers and tells of each change of state. */
export function createBreakers(clock: Clock, onChange: (change: BreakerChanged) => void): Breakers {
  const byProvider = new Map<string, Map<string, [target: BreakerTarget, breaker: Breaker]>>();
  const all = (providerId: string) => [...(byProvider.get(providerId)?.values() ?? [])];
  const read = (target: BreakerTarget) => byProvider.get(target.providerId)?.get(nameOf(target))?.[1] ?? closedBreaker;
  const write = ({ providerId, upstreamModel, keyId }: BreakerTarget, next: Breaker, reason: string) => {
    const target = { providerId, upstreamModel, keyId };
    const before = read(target);
    if (next === before) return;
    const known = byProvider.get(providerId) ?? new Map();
    byProvider.set(providerId, known.set(nameOf(target), [target, next]));
    if (next.state !== before.state) onChange({ ...target, state: next.state, reason });
  };
  return {
    waitMs: (target) => waitFor(read(target), clock.monotonicMs()),
    enter(target) {
      const passage = enter(read(target), clock.monotonicMs());
      if (passage.passes) write(target, passage.breaker, 'its pause is over');
      return passage.passes;
    },
    leave(target, outcome) {
      if (outcome === 'succeeded') write(target, succeed(), 'an attempt succeeded');
      if (outcome === 'provider_failed')
        write(target, fail(read(target), clock.monotonicMs()), 'attempts failed in a row');
    },
    checked({ providerId, keyId }, leftAloneMs) {
      const nowMs = clock.monotonicMs();
      for (const [target, breaker] of all(providerId).filter(([{ keyId: id }]) => id === keyId)) {
        const next = leftAloneMs === 0 ? makeDue(breaker, nowMs) : postpone(breaker, nowMs + leftAloneMs);
        write(target, next, 'its health was checked');
      }
    },
    of: all,
  };
}

type KeysOfProvider = Pick<Target, 'providerId' | 'keys'>;

const fromBestToWorst = ['closed', 'half_open', 'open'] as const;

/** The breakers of a provider's own keys, by upstream model, as they stand at the key that stands best. */
export function statesByModel(breakers: Breakers, { providerId, keys }: KeysOfProvider): Map<string, Breaker['state']> {
  const states = new Map<string, Breaker['state']>();
  for (const [{ upstreamModel, keyId }, { state }] of breakers.of(providerId)) {
    if (keys.every(({ id }) => id !== keyId)) continue;
    const known = states.get(upstreamModel) ?? 'open';
    states.set(upstreamModel, fromBestToWorst.find((each) => each === state || each === known)!);
  }
  return states;
}

function nameOf({ upstreamModel, keyId }: BreakerTarget): string {
  return `${keyId} ${upstreamModel}`;
}
