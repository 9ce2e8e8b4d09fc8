// A rolling minute, counted in whole seconds so that no 60 seconds ever hold more than the limit.

const bucketMicros = 1_000_000n;
/** Sixty full seconds and the one in which the minute began. */
const bucketsKept = 61n;

export interface RollingMinute {
  /** Second since 1970 -> amount reserved in it and not given back. */
  readonly buckets: Map<bigint, number>;
  total: number;
}

export function emptyMinute(): RollingMinute {
  return { buckets: new Map(), total: 0 };
}

/** What counts now: everything of the last 60 seconds, and up to one second more. */
export function usedInMinute(minute: RollingMinute, nowMicros: bigint): number {
  const oldest = nowMicros / bucketMicros - bucketsKept + 1n;
  for (const [second, amount] of minute.buckets) {
    if (second >= oldest) break;
    minute.buckets.delete(second);
    minute.total -= amount;
  }
  return minute.total;
}

/** Adds to the second of `atMicros`. Time must not go back between calls. */
export function addToMinute(minute: RollingMinute, atMicros: bigint, amount: number): void {
  const second = atMicros / bucketMicros;
  minute.buckets.set(second, (minute.buckets.get(second) ?? 0) + amount);
  minute.total += amount;
}

/** Changes what was added at `atMicros`; without effect once that second no longer counts. */
export function adjustMinute(minute: RollingMinute, atMicros: bigint, difference: number): void {
  const second = atMicros / bucketMicros;
  const amount = minute.buckets.get(second);
  if (amount === undefined) return;
  minute.buckets.set(second, amount + difference);
  minute.total += difference;
}

/** Adds everything of another minute. */
export function addMinute(into: RollingMinute, from: RollingMinute): void {
  const seconds = [...new Set([...into.buckets.keys(), ...from.buckets.keys()])].sort((one, other) =>
    Number(one - other),
  );
  const sums = seconds.map((second) => {
    return [second, (into.buckets.get(second) ?? 0) + (from.buckets.get(second) ?? 0)] as const;
  });
  into.buckets.clear();
  for (const [second, amount] of sums) into.buckets.set(second, amount);
  into.total += from.total;
}

/** Milliseconds until `needed` more fits below `limit` by the passing of time; undefined when it never does. */
export function msUntilFits(
  minute: RollingMinute,
  nowMicros: bigint,
  need: { needed: number; limit: number },
): number | undefined {
  if (need.needed > need.limit) return undefined;
  let excess = usedInMinute(minute, nowMicros) + need.needed - need.limit;
  if (excess <= 0) return 0;
  for (const [second, amount] of minute.buckets) {
    excess -= amount;
    if (excess <= 0) return Number(((second + bucketsKept) * bucketMicros - nowMicros + 999n) / 1000n);
  }
  return undefined;
}
