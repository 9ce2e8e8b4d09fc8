// A rest between small commits, so that a log that trickles is folded in by the handful and not event by event.

export interface Pace {
  /** Resolves after the rest, or at once when somebody is in a hurry or the signal aborts. */
  rest(): Promise<void>;
  /** Ends the rest under way, and skips the next one if none is. */
  hurry(): void;
}

export function paceOf(restMs: number, signal: AbortSignal | undefined): Pace {
  let hurried = false;
  let wake: (() => void) | undefined;
  const hurry = () => {
    hurried = true;
    wake?.();
  };
  signal?.addEventListener('abort', hurry, { once: true });
  return {
    hurry,
    async rest() {
      if (!hurried && restMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, restMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      hurried = signal?.aborted ?? false;
    },
  };
}
