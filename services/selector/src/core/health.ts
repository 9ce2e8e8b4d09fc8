// Whether a model's provider answers, learnt from how attempts end.

export interface Health {
  /** Attempts in a row that failed by the provider's fault. */
  failuresInARow: number;
  /** Set aside until then. */
  unhealthyUntilMicros: bigint;
}

export type HealthByModel = Map<string, Health>;

const failuresTolerated = 5;
const setAsideMicros = 10_000_000n;

/** Takes in how an attempt ended; a failure that is the call's own fault says nothing about the provider. */
export function learn(
  health: HealthByModel,
  outcome: { readonly modelId: string; readonly succeeded: boolean; readonly providerAtFault: boolean },
  nowMicros: bigint,
): void {
  if (outcome.succeeded) {
    health.delete(outcome.modelId);
    return;
  }
  if (!outcome.providerAtFault) return;
  const known = health.get(outcome.modelId) ?? { failuresInARow: 0, unhealthyUntilMicros: 0n };
  known.failuresInARow += 1;
  if (known.failuresInARow >= failuresTolerated) known.unhealthyUntilMicros = nowMicros + setAsideMicros;
  health.set(outcome.modelId, known);
}

/** After its time aside a model is tried again; one more failure sets it aside again. */
export function isHealthy(health: HealthByModel, modelId: string, nowMicros: bigint): boolean {
  return (health.get(modelId)?.unhealthyUntilMicros ?? 0n) <= nowMicros;
}
