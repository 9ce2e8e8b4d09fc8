// Which partitions a replica takes and which it gives up: no more than its fair part while there are others.

export interface ChargeFacts {
  /** How many partitions there are. */
  readonly partitions: number;
  readonly me: string;
  /** The replicas that are there; this one counts whether or not it is among them. */
  readonly replicas: readonly string[];
  /** What this replica is in charge of and does not give up already. */
  readonly mine: readonly number[];
  /** What nobody has. */
  readonly free: readonly number[];
}

export interface ChargePlan {
  readonly take: readonly number[];
  readonly give: readonly number[];
}

export function planCharges({ partitions, me, replicas, mine, free }: ChargeFacts): ChargePlan {
  const all = [...new Set([...replicas, me])].sort();
  const most = Math.ceil(partitions / all.length);
  // Replicas begin at different places, so that they seldom reach for the same one.
  const from = all.indexOf(me) * most;
  const distance = (partition: number) => (partition - from + partitions) % partitions;
  const nearest = [...free].sort((one, other) => distance(one) - distance(other));
  return { take: nearest.slice(0, Math.max(0, most - mine.length)), give: [...mine].sort(byNumber).slice(most) };
}

function byNumber(one: number, other: number): number {
  return one - other;
}
