// The breakers of all targets, by provider and upstream model.
import type { BreakerChanged } from '@waybill/contracts';
import type { Clock } from '@waybill/kernel';
import { type Breaker, closedBreaker, enter, fail, type Passage, succeed } from '../core/breaker.ts';

export interface Breakers {
  enter(target: BreakerTarget): Passage;
  /** Takes in how an attempt ended that had passed. */
  leave(target: BreakerTarget, outcome: 'succeeded' | 'provider_failed' | 'says_nothing'): void;
  /** State by upstream model of one provider. */
  of(providerId: string): ReadonlyMap<string, Breaker>;
}

export interface BreakerTarget {
  readonly providerId: string;
  readonly upstreamModel: string;
}

/** Keeps the breakers and tells of each change of state. */
export function createBreakers(clock: Clock, onChange: (change: BreakerChanged) => void): Breakers {
  const byProvider = new Map<string, Map<string, Breaker>>();
  const read = ({ providerId, upstreamModel }: BreakerTarget) =>
    byProvider.get(providerId)?.get(upstreamModel) ?? closedBreaker;
  const write = (target: BreakerTarget, next: Breaker, reason: string) => {
    const before = read(target);
    if (next === before) return;
    const models = byProvider.get(target.providerId) ?? new Map<string, Breaker>();
    byProvider.set(target.providerId, models.set(target.upstreamModel, next));
    if (next.state !== before.state) onChange({ ...target, state: next.state, reason });
  };
  return {
    enter(target) {
      const passage = enter(read(target), clock.monotonicMs());
      if (passage.passes) write(target, passage.breaker, 'its pause is over');
      return passage;
    },
    leave(target, outcome) {
      if (outcome === 'succeeded') write(target, succeed(), 'an attempt succeeded');
      if (outcome === 'provider_failed')
        write(target, fail(read(target), clock.monotonicMs()), 'attempts failed in a row');
    },
    of: (providerId) => byProvider.get(providerId) ?? new Map(),
  };
}
