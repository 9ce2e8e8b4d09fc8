import { type Fault, FaultError } from '@waybill/kernel';
import type { Position } from './ports.ts';

/** The end of the log as the writer knows it, and those who wait for it to move. */
export interface EndWatch {
  /** Undefined before the first commit. */
  end(): Position | undefined;
  moveTo(end: Position): void;
  /** Resolves when the end lies beyond the position or the signal aborts; rejects when the log stops. */
  beyond(position: Position, signal: AbortSignal | undefined): Promise<void>;
  /** Turns everybody away, now and later. */
  stop(reason: Fault): void;
}

export function createEndWatch(): EndWatch {
  const sleepers = new Set<() => void>();
  let end: Position = 0n;
  let stopped: Fault | undefined;

  const wakeAll = () => {
    for (const wake of [...sleepers]) wake();
  };

  function nextMove(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        sleepers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      sleepers.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  return {
    end: () => (end === 0n ? undefined : end),
    moveTo(newEnd) {
      if (newEnd <= end) return;
      end = newEnd;
      wakeAll();
    },
    async beyond(position, signal) {
      while (!stopped && end <= position && !signal?.aborted) await nextMove(signal);
      if (stopped) throw new FaultError(stopped);
    },
    stop(reason) {
      stopped = reason;
      wakeAll();
    },
  };
}
