// Whether a model's provider answers, learnt from how attempts end.

export interface Health {
  /** Attempts in a row that failed by the provider's fault. */
  failuresInARow: number;
  /** Times in a row that it was set aside for that. */
  timesAside: number;
  /** Nothing goes there until then; after it one call finds out whether it is back. */
  asideUntilMicros: bigint;
  /** One call is finding out. */
  isProbed: boolean;
}

export type HealthByModel = Map<string, Health>;

/** What is told of an attempt. */
export interface Outcome {
  readonly modelId: string;
  readonly succeeded: boolean;
  readonly providerAtFault: boolean;
  /** For how long provider-adapter lets nothing through to it; 0 when it does. */
  readonly setAsideMs: number;
}

const failuresTolerated = 5;
const firstAsideMs = 1_000;
const longestAsideMs = 10_000;
/** A call that finds out whether a model is back keeps the others away for so long. */
const probeMicros = 5_000_000n;

/** Takes in how an attempt ended; a failure that is the call's own fault says nothing about the provider. */
export function learn(health: HealthByModel, outcome: Outcome, nowMicros: bigint): void {
  if (outcome.succeeded) {
    health.delete(outcome.modelId);
    return;
  }
  if (!outcome.providerAtFault && outcome.setAsideMs === 0) return;
  const known = health.get(outcome.modelId) ?? wellSoFar();
  const asideMs = Math.max(asideForFailure(known, outcome, nowMicros), Math.min(outcome.setAsideMs, longestAsideMs));
  const untilMicros = nowMicros + BigInt(Math.ceil(asideMs)) * 1_000n;
  if (asideMs > 0 && (known.isProbed || untilMicros > known.asideUntilMicros)) known.asideUntilMicros = untilMicros;
  known.isProbed = false;
  health.set(outcome.modelId, known);
}

function wellSoFar(): Health {
  return { failuresInARow: 0, timesAside: 0, asideUntilMicros: 0n, isProbed: false };
}

/** Doubles each time; failures of calls that were under way when it was set aside say nothing new. */
function asideForFailure(known: Health, { providerAtFault }: Outcome, nowMicros: bigint): number {
  if (!providerAtFault) return 0;
  known.failuresInARow += 1;
  const isLate = nowMicros < known.asideUntilMicros && !known.isProbed;
  if (isLate || known.failuresInARow < failuresTolerated) return 0;
  known.timesAside += 1;
  return Math.min(firstAsideMs * 2 ** (known.timesAside - 1), longestAsideMs);
}

/** Claims that calls may go there. After its time aside a model may have one. */
export function isHealthy(health: HealthByModel, modelId: string, nowMicros: bigint): boolean {
  return (health.get(modelId)?.asideUntilMicros ?? 0n) <= nowMicros;
}

/** A call goes there first: if the model was set aside, the others stay away until it is known how that went. */
export function beginProbe(health: HealthByModel, modelId: string, nowMicros: bigint): void {
  const known = health.get(modelId);
  const isDue = known !== undefined && known.asideUntilMicros > 0n && known.asideUntilMicros <= nowMicros;
  if (!isDue) return;
  known.asideUntilMicros = nowMicros + probeMicros;
  known.isProbed = true;
}
