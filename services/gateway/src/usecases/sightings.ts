// Whether the neighbours answered when they were last asked.

export const neighboursInTheWay = ['selector', 'rate-limit', 'provider-adapter'] as const;

export type NeighbourName = (typeof neighboursInTheWay)[number];

export interface Sightings {
  /** It answered, if only that it will not; or it did not. */
  note(neighbour: NeighbourName, answers: boolean): void;
  all(): Readonly<Record<NeighbourName, 'unknown' | 'answers' | 'away'>>;
}

export function keepSightings(): Sightings {
  const last = { selector: 'unknown', 'rate-limit': 'unknown', 'provider-adapter': 'unknown' } as {
    -readonly [Name in NeighbourName]: 'unknown' | 'answers' | 'away';
  };
  return {
    note(neighbour, answers) {
      last[neighbour] = answers ? 'answers' : 'away';
    },
    all: () => ({ ...last }),
  };
}
