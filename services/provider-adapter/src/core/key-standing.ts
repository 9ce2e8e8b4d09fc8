// What is known of one of a provider's keys, and which of several takes the next call.

export interface KeyStanding {
  /** `refused`: not accepted, or its account is out of credit; `trial`: one call finds out whether it still is. */
  readonly state: 'ready' | 'refused' | 'trial';
  /** In a row. */
  readonly refusals: number;
  /** A refused key is tried by one call after this, milliseconds of the steady clock. */
  readonly retryAtMs: number;
  /** What is left of its limits, by upstream model. */
  readonly limits: ReadonlyMap<string, KeyLimit>;
  /** Turns it is owed: grows by its weight with every choice, and the chosen one pays for all. */
  readonly credit: number;
}

/** What is left of a limit. */
export interface KeyLimit {
  /** From 0 to 1. */
  readonly share: number;
  /** Holds until then, milliseconds of the steady clock. */
  readonly untilMs: number;
}

export const freshKey: KeyStanding = { state: 'ready', refusals: 0, retryAtMs: 0, limits: new Map(), credit: 0 };

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
/** A key with little left still has a turn now and then, so that more than one learns when there is more. */
const leastShare = 0.02;

export function isUsable({ state, retryAtMs }: KeyStanding, nowMs: number): boolean {
  return state === 'ready' || nowMs >= retryAtMs;
}

/** The pause doubles with each trial that fails; refusals of calls that were under way say nothing new. */
export function refuse(standing: KeyStanding, nowMs: number): KeyStanding {
  if (standing.state === 'refused' && nowMs < standing.retryAtMs) return standing;
  const refusals = standing.refusals + 1;
  return { ...standing, state: 'refused', refusals, retryAtMs: nowMs + pauseAfter(refusals) };
}

export function accept(standing: KeyStanding): KeyStanding {
  return standing.state === 'ready' ? standing : { ...standing, state: 'ready', refusals: 0, retryAtMs: 0 };
}

/** A refused key is due for a trial at once. */
export function makeDue(standing: KeyStanding, nowMs: number): KeyStanding {
  return standing.state === 'refused' ? { ...standing, retryAtMs: nowMs } : standing;
}

/** Nothing is spent on a refused key before then. */
export function postpone(standing: KeyStanding, untilMs: number): KeyStanding {
  return standing.state === 'ready' ? standing : { ...standing, retryAtMs: Math.max(standing.retryAtMs, untilMs) };
}

export function limit(standing: KeyStanding, upstreamModel: string, left: KeyLimit): KeyStanding {
  return { ...standing, limits: new Map(standing.limits).set(upstreamModel, left) };
}

/** Claims that nothing is left for a model for now. */
export function isLimited({ limits }: KeyStanding, upstreamModel: string, nowMs: number): boolean {
  const known = limits.get(upstreamModel);
  return known !== undefined && known.share === 0 && nowMs < known.untilMs;
}

/** A key that could take a call. */
export interface KeyChoice {
  readonly id: string;
  readonly weight: number;
  readonly standing: KeyStanding;
}

/** Whose turn it is, by weight and by what each has left; and how all stand after that. */
export function choose(choices: readonly KeyChoice[], upstreamModel: string, nowMs: number): KeyTurn {
  const free = choices.filter(({ standing }) => !isLimited(standing, upstreamModel, nowMs));
  if (free.length === 0) return soonest(choices, upstreamModel);
  const owed = free.map(({ id, weight, standing }) => {
    const due = weight * shareOf(standing, upstreamModel, nowMs);
    return { id, standing, due, credit: standing.credit + due };
  });
  const chosen = owed.reduce((best, each) => (each.credit > best.credit ? each : best));
  const paid = owed.reduce((sum, { due }) => sum + due, 0);
  const standings = owed.map(({ id, standing, credit }) => {
    const after = id === chosen.id ? onTrial({ ...standing, credit: credit - paid }, nowMs) : { ...standing, credit };
    return [id, after] as const;
  });
  return { id: chosen.id, standings };
}

/** Whose turn it is, and the standings that change with it. */
export interface KeyTurn {
  readonly id: string;
  readonly standings: readonly (readonly [id: string, standing: KeyStanding])[];
}

/** Where nothing is left anywhere, the one that has something again first; the provider says no, if it must. */
function soonest(choices: readonly KeyChoice[], upstreamModel: string): KeyTurn {
  const untilOf = ({ standing }: KeyChoice) => standing.limits.get(upstreamModel)?.untilMs ?? 0;
  const first = choices.reduce((best, each) => (untilOf(each) < untilOf(best) ? each : best));
  return { id: first.id, standings: [] };
}

/** One call finds out whether a refused key is accepted again; the others wait for it. */
function onTrial(standing: KeyStanding, nowMs: number): KeyStanding {
  if (standing.state === 'ready') return standing;
  return { ...standing, state: 'trial', retryAtMs: nowMs + pauseAfter(standing.refusals) };
}

function shareOf({ limits }: KeyStanding, upstreamModel: string, nowMs: number): number {
  const known = limits.get(upstreamModel);
  return known === undefined || nowMs >= known.untilMs ? 1 : Math.max(known.share, leastShare);
}

function pauseAfter(refusals: number): number {
  return Math.min(firstPauseMs * 2 ** (refusals - 1), longestPauseMs);
}
