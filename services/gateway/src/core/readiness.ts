// Whether a gateway says that it takes calls: not each time it stumbles, and not as soon as it is on its feet again.

export interface Readiness {
  readonly isReady: boolean;
  /** Since when it has looked otherwise, milliseconds of the steady clock; undefined when it does not. */
  readonly otherwiseSinceMs: number | undefined;
}

export const readyAtFirst: Readiness = { isReady: true, otherwiseSinceMs: undefined };

/** How long it has to be unwell, or well again, before it says so; milliseconds. */
const steadyMs = { unwell: 1_000, well: 2_000 } as const;

export function readinessAfter({ isReady, otherwiseSinceMs }: Readiness, isWell: boolean, nowMs: number): Readiness {
  if (isWell === isReady) return { isReady, otherwiseSinceMs: undefined };
  const sinceMs = otherwiseSinceMs ?? nowMs;
  const isSteady = nowMs - sinceMs >= steadyMs[isWell ? 'well' : 'unwell'];
  return isSteady ? { isReady: isWell, otherwiseSinceMs: undefined } : { isReady, otherwiseSinceMs: sinceMs };
}
