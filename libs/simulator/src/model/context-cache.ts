// A stateless stand-in for prompt caching: a conversation that has gone on was seen before, a first turn was not.
import { type CacheUse, noCache, type Turn } from './prompt.ts';

const SMALLEST_CACHED_PROMPT = 1024;
const CACHE_STEP = 128;

/** Everything before the last turn, in steps of 128 tokens, if it is long enough and the conversation has gone on. */
export function implicitCache(turns: readonly Turn[], inputTokens: number): CacheUse {
  const prefix = prefixTokens(turns, inputTokens);
  if (prefix < SMALLEST_CACHED_PROMPT || !hasGoneOn(turns)) return noCache;
  return { ...noCache, read: prefix - (prefix % CACHE_STEP) };
}

/** For a request that marks what to cache: written on the first turn, read on the later ones. */
export function markedCache(turns: readonly Turn[], inputTokens: number, lifetime: '5m' | '1h' | '30m'): CacheUse {
  const prefix = prefixTokens(turns, inputTokens);
  if (hasGoneOn(turns)) return { ...noCache, read: prefix };
  if (lifetime === '1h') return { ...noCache, write1h: prefix };
  return lifetime === '30m' ? { ...noCache, write30m: prefix } : { ...noCache, write5m: prefix };
}

function prefixTokens(turns: readonly Turn[], inputTokens: number): number {
  return Math.max(0, inputTokens - (turns.at(-1)?.tokens ?? 0));
}

function hasGoneOn(turns: readonly Turn[]): boolean {
  return turns.some((turn) => turn.role === 'assistant');
}
