// By which of a provider's keys an attempt may go out, if by any: breakers, refused keys, and what is left of limits.
import type { Clock } from '@waybill/kernel';
import { limitsLeft } from '@waybill/providers';
import {
  accept,
  choose,
  freshKey,
  isLimited,
  isUsable,
  type KeyStanding,
  limit,
  makeDue,
  postpone,
  refuse,
} from '../core/key-standing.ts';
import { breakerOpen, noUsableKey } from '../core/no-entry.ts';
import type { AttemptFault } from '../core/outcome.ts';
import type { Target, TargetKey } from '../ports.ts';
import type { AttemptEnd, Standing } from './attempt-result.ts';
import { type Breakers, type BreakerTarget, type ProviderKeyName, statesByModel } from './breakers.ts';

export type Entry =
  | { readonly passes: true; readonly key: TargetKey }
  | { readonly passes: false; readonly fault: AttemptFault; readonly waitMs: number };

/** A key is accepted, or refused, or nobody is there. */
export type Found = 'accepted' | 'refused' | 'away';

export interface Access {
  /** The key to go out by, or why nothing goes out. */
  enter(target: Target, upstreamModel: string): Entry;
  /** Takes in how an attempt ended that went out, undefined when its reader left; how the model stands after it. */
  leave(target: Target, by: BreakerTarget, end: AttemptEnd | undefined): Standing;
  /** A key for what is no attempt. */
  keyFor(target: Target): TargetKey;
  /** Keys that are refused or have an open breaker. */
  unwell(target: Target): readonly TargetKey[];
  /** What a check of a key's health found, and for how long no call is spent on one that is not accepted. */
  checked(key: ProviderKeyName, found: Found, leftAloneMs: number): void;
  /** closed, half_open or open, by upstream model. */
  breakers(target: Target): ReadonlyMap<string, string>;
  /** ready, limited or refused, by the id of the key. */
  standings(target: Target): Readonly<Record<string, string>>;
}

export interface AccessParts {
  readonly breakers: Breakers;
  readonly clock: Clock;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** Where a provider says that its limit is reached and not for how long. */
const limitedMs = 1_000;

export function openAccess({ breakers, clock, alarm }: AccessParts): Access {
  const known = new Map<string, KeyStanding>();
  const nameOf = ({ providerId, keyId }: ProviderKeyName) => `${providerId} ${keyId}`;
  const read = (key: ProviderKeyName) => known.get(nameOf(key)) ?? freshKey;
  const change = (key: ProviderKeyName, how: (standing: KeyStanding) => KeyStanding) =>
    known.set(nameOf(key), how(read(key)));
  const usable = ({ providerId, keys }: Target) =>
    keys.filter(({ id }) => isUsable(read({ providerId, keyId: id }), clock.monotonicMs()));

  function closedFor({ providerId }: Target, upstreamModel: string, keys: readonly TargetKey[]) {
    const waits = keys.map((key) => ({ key, ms: breakers.waitMs({ providerId, upstreamModel, keyId: key.id }) }));
    return {
      open: waits.filter(({ ms }) => ms === 0).map(({ key }) => key),
      waitMs: leastOf(waits.map(({ ms }) => ms)),
    };
  }

  /** Milliseconds until something may go out; 0 when it may now. */
  function waitMs(target: Target, upstreamModel: string): number {
    const keys = usable(target);
    return keys.length === 0 ? untilAccepted(target) : closedFor(target, upstreamModel, keys).waitMs;
  }

  function untilAccepted({ providerId, keys }: Target): number {
    const nowMs = clock.monotonicMs();
    return leastOf(keys.map(({ id }) => Math.ceil(read({ providerId, keyId: id }).retryAtMs - nowMs)));
  }

  function learnLimits(by: BreakerTarget, { fault: failed, answered }: AttemptEnd): void {
    const nowMs = clock.monotonicMs();
    const left = limitsLeft(answered.headers, clock.nowMicros());
    const isReached = failed?.kind === 'limited' && answered.status !== 0;
    const untilMs = nowMs + ((isReached ? failed.retryAfterMs : left?.resetMs) ?? limitedMs);
    if (isReached) change(by, (standing) => limit(standing, by.upstreamModel, { share: 0, untilMs }));
    else if (left) change(by, (standing) => limit(standing, by.upstreamModel, { share: left.share, untilMs }));
  }

  function learnAcceptance(target: Target, by: BreakerTarget, { fault: failed }: AttemptEnd): void {
    if (failed === undefined) change(by, accept);
    if (failed === undefined || !isOfAccount(failed) || !hasSecret(target, by)) return;
    const isNews = read(by).state === 'ready';
    change(by, (standing) => refuse(standing, clock.monotonicMs()));
    if (!isNews) return;
    const { conduct } = failed.details;
    const keysLeft = usable(target).length;
    alarm('provider_key_refused', { provider: by.providerId, key: shownId(by.keyId), why: conduct, keysLeft });
  }

  return {
    enter(target, upstreamModel) {
      const { providerId } = target;
      const keys = usable(target);
      if (keys.length === 0) return refused(noUsableKey(providerId, untilAccepted(target)));
      const { open, waitMs: pauseMs } = closedFor(target, upstreamModel, keys);
      if (open.length === 0) return refused(breakerOpen(providerId, upstreamModel, pauseMs));
      const choices = open.map(({ id, weight }) => ({ id, weight, standing: read({ providerId, keyId: id }) }));
      const turn = choose(choices, upstreamModel, clock.monotonicMs());
      for (const [keyId, standing] of turn.standings) change({ providerId, keyId }, () => standing);
      breakers.enter({ providerId, upstreamModel, keyId: turn.id });
      return { passes: true, key: open.find(({ id }) => id === turn.id)! };
    },
    leave(target, by, end) {
      breakers.leave(by, outcomeOf(end));
      if (end !== undefined) learnLimits(by, end);
      if (end !== undefined) learnAcceptance(target, by, end);
      if (end?.fault === undefined) return { retryNow: false, setAsideMs: 0 };
      const isOfKey = isOfAccount(end.fault) || end.fault.kind === 'limited';
      return {
        retryNow: isOfKey && hasOther(target, by),
        setAsideMs: waitMs(target, by.upstreamModel),
      };
    },
    keyFor: (target) => usable(target)[0] ?? target.keys[0]!,
    unwell({ providerId, keys }) {
      const open = breakers.of(providerId).filter(([, { state }]) => state === 'open');
      return keys.filter(
        ({ id }) => read({ providerId, keyId: id }).state !== 'ready' || open.some(([{ keyId }]) => keyId === id),
      );
    },
    checked(key, found, leftAloneMs) {
      const nowMs = clock.monotonicMs();
      if (found !== 'refused') breakers.checked(key, found === 'accepted' ? 0 : leftAloneMs);
      if (found === 'accepted') change(key, (standing) => makeDue(standing, nowMs));
      else change(key, (standing) => postpone(standing, nowMs + leftAloneMs));
    },
    breakers: (target) => statesByModel(breakers, target),
    standings: ({ providerId, keys }) =>
      Object.fromEntries(keys.map(({ id }) => [shownId(id), wordFor(read({ providerId, keyId: id }))])),
  };

  function hasOther(target: Target, { upstreamModel, keyId, providerId }: BreakerTarget): boolean {
    const others = usable(target).filter(({ id }) => id !== keyId);
    return closedFor(target, upstreamModel, others).open.some(
      ({ id }) => !isLimited(read({ providerId, keyId: id }), upstreamModel, clock.monotonicMs()),
    );
  }

  function wordFor({ state, limits }: KeyStanding): string {
    const nowMs = clock.monotonicMs();
    const isSpent = [...limits.values()].some(({ share, untilMs }) => share === 0 && nowMs < untilMs);
    return state !== 'ready' ? 'refused' : isSpent ? 'limited' : 'ready';
  }
}

/** What goes out without a key of ours is not refused for it: its connection has credentials of its own, or none. */
function hasSecret({ keys }: Target, { keyId }: ProviderKeyName): boolean {
  return keys.some(({ id, secret }) => id === keyId && secret !== undefined);
}

/** Another key may belong to another account. */
function isOfAccount({ credentialBad, details }: AttemptFault): boolean {
  return credentialBad === true || details.conduct === 'exhausted';
}

function leastOf(waitsMs: readonly number[]): number {
  return Math.max(0, Math.min(...waitsMs));
}

/** A provider's only key has no id of its own. */
function shownId(keyId: string): string {
  return keyId === '' ? 'api_key' : keyId;
}

function outcomeOf(end: AttemptEnd | undefined): 'succeeded' | 'provider_failed' | 'says_nothing' {
  if (end === undefined) return 'says_nothing';
  if (end.fault === undefined) return 'succeeded';
  return end.fault.providerAtFault ? 'provider_failed' : 'says_nothing';
}

function refused(because: AttemptFault): Entry {
  return { passes: false, fault: because, waitMs: because.retryAfterMs ?? 0 };
}
