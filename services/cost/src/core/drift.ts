// What an audit finds wrong.

/** One place where the books do not add up. */
export interface Drift {
  /** What was checked, one stable word such as entry, balance or rating. */
  readonly check: string;
  /** The event, account or producer it is about. */
  readonly subject: string;
  readonly message: string;
}

export type ReportDrift = (check: string, subject: string, message: string) => void;

export interface DriftList {
  readonly report: ReportDrift;
  /** The first of them. */
  readonly first: readonly Drift[];
  count(): number;
}

/** Keeps the first drifts and counts them all. */
export function driftList(limit: number): DriftList {
  const first: Drift[] = [];
  let count = 0;
  return {
    first,
    count: () => count,
    report(check, subject, message) {
      count += 1;
      if (first.length < limit) first.push({ check, subject, message });
    },
  };
}
