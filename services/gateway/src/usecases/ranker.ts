// Ranks calls: by selector, or as it ranked the same kind of call last, while it is away.
import type { RankRequest, RankResponse, Warning } from '@waybill/contracts';
import { type Clock, FaultError, faultOf } from '@waybill/kernel';
import { LRUCache } from 'lru-cache';
import type { JourneySettings } from '../config.ts';
import { isAway, neighbourAway } from '../core/neighbour-away.ts';
import { rankedBefore, rankingKey, warningOfOldRanking } from '../core/old-ranking.ts';
import type { Neighbours } from '../ports.ts';
import { ask } from './ask.ts';
import type { Sightings } from './sightings.ts';

export interface RankedAs {
  readonly ranking: RankResponse;
  /** Say so when the ranking is an old one. */
  readonly warnings: readonly Warning[];
}

/** Throws a FaultError: selector's own, or `unavailable` when it is away and no old ranking will do. */
export type Ranker = (request: RankRequest, gone: AbortSignal) => Promise<RankedAs>;

export interface RankerOptions {
  readonly selector: Pick<Neighbours['selector'], 'rank'>;
  readonly settings: Pick<JourneySettings, 'rankTimeoutMs' | 'rankPatienceMs' | 'oldRankingMs' | 'oldRankings'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly sightings: Sightings;
}

interface Remembered {
  readonly ranking: RankResponse;
  readonly atMs: number;
}

/** How often it is asked while it is away, milliseconds: the other calls need not wait to hear the same. */
const probeEveryMs = 1_000;

export function createRanker({ selector, settings, clock, sightings }: RankerOptions): Ranker {
  const remembered = new LRUCache<string, Remembered>({ max: settings.oldRankings });
  let askedAgainAtMs: number | undefined;

  function lastTime(key: string, request: RankRequest): RankedAs | undefined {
    const known = remembered.get(key);
    if (known === undefined) return undefined;
    const ageMs = clock.monotonicMs() - known.atMs;
    const ranking = rankedBefore(known.ranking, request);
    const isOfUse = ageMs < settings.oldRankingMs && ranking.candidates.length > 0;
    return isOfUse ? { ranking, warnings: [warningOfOldRanking(ageMs)] } : undefined;
  }

  /** While selector is away, one call in a while finds out whether it still is. */
  function isTurn(): boolean {
    if (askedAgainAtMs === undefined) return true;
    if (clock.monotonicMs() < askedAgainAtMs) return false;
    askedAgainAtMs = clock.monotonicMs() + probeEveryMs;
    return true;
  }

  /** Where an old ranking will do, nobody waits for selector to come back. */
  function rank(key: string, request: RankRequest, gone: AbortSignal): Promise<RankResponse> {
    const { rankTimeoutMs, rankPatienceMs } = settings;
    if (remembered.has(key)) return selector.rank(request, { timeoutMs: rankPatienceMs, signal: gone });
    const question = ({ timeoutMs }: { timeoutMs?: number }) => selector.rank(request, { timeoutMs, signal: gone });
    return ask(question, { clock, timeoutMs: rankTimeoutMs, signal: gone });
  }

  return async (request, gone) => {
    const key = rankingKey(request);
    const old = isTurn() ? undefined : lastTime(key, request);
    if (old) return old;
    try {
      const ranking = await rank(key, request, gone);
      askedAgainAtMs = undefined;
      sightings.note('selector', true);
      if (ranking.candidates.length > 0) remembered.set(key, { ranking, atMs: clock.monotonicMs() });
      return { ranking, warnings: [] };
    } catch (thrown) {
      const because = faultOf(thrown);
      if (gone.aborted || !isAway(because)) throw thrown;
      askedAgainAtMs = clock.monotonicMs() + probeEveryMs;
      sightings.note('selector', false);
      const again = lastTime(key, request);
      if (again) return again;
      throw new FaultError(neighbourAway('selector', because));
    }
  };
}
