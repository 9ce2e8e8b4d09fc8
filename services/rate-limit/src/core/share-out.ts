// A limit that several replicas count in is shared out between them. Whoever changes a share reads all of them and
// writes them back only if nobody else has in between, so that the shares never come to more than the limit.

export interface Share {
  /** A replica, as long as it holds its place among them: one that comes back is another owner. */
  readonly owner: string;
  /** What it may use. */
  readonly amount: number;
  /** What it has used when that is more than its share, as after it took over what another had admitted. */
  readonly used: number;
  /** What it would use if it could. */
  readonly wanted: number;
}

export interface ShareNeed {
  readonly me: string;
  /** The whole limit. */
  readonly limit: number;
  /** Counted here now. */
  readonly used: number;
  /** Refused here since the last time, though the limit as a whole has room for it. */
  readonly unmet: number;
  /** Owners that are there. The shares of others stand as they are until nothing they admitted counts any more. */
  readonly live: ReadonlySet<string>;
  /** Owners that are gone for that long. */
  readonly over: ReadonlySet<string>;
  /** It asks for nothing more than what it has used. */
  readonly isLeaving: boolean;
}

/** The shares with this replica's as it should be now; all others as they were, but for those that are over. */
export function shareOut(shares: readonly Share[], need: ShareNeed): readonly Share[] {
  const { me, limit, used, unmet, live, over, isLeaving } = need;
  const others = shares.filter(({ owner }) => owner !== me && !over.has(owner));
  const neighbours = others.filter(({ owner }) => live.has(owner));
  const wanted = Math.min(limit, used + unmet);
  const taken = sum(others.map(countedIn));
  const gone = taken - sum(neighbours.map(countedIn));
  const claims = [...neighbours, { owner: me, wanted }].sort((one, other) => (one.owner < other.owner ? -1 : 1));
  const parts = fairParts(
    Math.max(0, limit - gone),
    claims.map((claim) => claim.wanted),
  );
  const fair = parts[claims.findIndex(({ owner }) => owner === me)]!;
  const amount = Math.min(isLeaving ? used : Math.max(fair, used), Math.max(0, limit - taken));
  // Alone, nobody asks what it wants.
  const told = neighbours.length === 0 ? 0 : wanted;
  return [...others, { owner: me, amount, used: used > amount ? used : 0, wanted: told }];
}

function countedIn({ amount, used }: Share): number {
  return Math.max(amount, used);
}

/** Everybody gets what they want up to an equal part; what is left over is spread evenly. Whole numbers. */
export function fairParts(total: number, wants: readonly number[]): readonly number[] {
  const parts = wants.map(() => 0);
  let left = total;
  const byWant = wants.map((_, index) => index).sort((one, other) => wants[one]! - wants[other]!);
  for (const [done, index] of byWant.entries()) {
    parts[index] = Math.min(wants[index]!, Math.floor(left / (wants.length - done)));
    left -= parts[index]!;
  }
  const each = Math.floor(left / wants.length);
  const odd = left - each * wants.length;
  // What cannot be split goes to those who want more than they have, and then to the first.
  const hungry = wants.map((_, index) => index).sort((one, other) => lack(other) - lack(one));
  function lack(index: number): number {
    return wants[index]! - parts[index]!;
  }
  const order = new Map(hungry.map((index, place) => [index, place]));
  return parts.map((part, index) => part + each + (order.get(index)! < odd ? 1 : 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
