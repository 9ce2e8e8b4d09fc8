// Lets calls under way finish, for as long as that may take.
import { setTimeout as sleep } from 'node:timers/promises';

export interface DrainCallsOptions {
  readonly underWay: ReadonlySet<Promise<void>>;
  /** Aborts when the calls have had their time. */
  readonly grace: AbortSignal;
  /** Cuts them off. */
  readonly halt: AbortController;
  /** What they have then left to be written down, milliseconds. */
  readonly farewellMs: number;
}

export async function drainCalls({ underWay, grace, halt, farewellMs }: DrainCallsOptions): Promise<void> {
  if (grace.aborted) halt.abort();
  grace.addEventListener('abort', () => halt.abort(), { once: true });
  const finished = new AbortController();
  const farewell = async () => {
    if (!halt.signal.aborted) {
      await new Promise((resolve) => halt.signal.addEventListener('abort', resolve, { once: true }));
    }
    await sleep(farewellMs, undefined, { signal: finished.signal }).catch(() => undefined);
  };
  await Promise.race([allOver(underWay), farewell()]);
  finished.abort();
}

async function allOver(underWay: ReadonlySet<Promise<void>>): Promise<void> {
  while (underWay.size > 0) await Promise.allSettled(underWay);
}
