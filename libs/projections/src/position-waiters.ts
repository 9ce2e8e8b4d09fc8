// Callers that wait until a position is reached.
import type { Position } from '@waybill/event-log';

export interface PositionWaiters {
  /** Resolves when the position is reached; rejects when it never will be. */
  until(position: Position): Promise<void>;
  reached(position: Position): void;
  /** Whether somebody waits for a position that is not reached yet. */
  waiting(): boolean;
  /** No position is reached any more. */
  end(reason: Error): void;
}

interface Waiter {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

export function positionWaiters(start: Position): PositionWaiters {
  let current = start;
  let ended: Error | undefined;
  let waiters: Waiter[] = [];
  return {
    until: (position) =>
      new Promise((resolve, reject) => {
        if (position <= current) resolve();
        else if (ended) reject(ended);
        else waiters.push({ position, resolve, reject });
      }),
    reached(position) {
      current = position;
      for (const waiter of waiters) if (waiter.position <= current) waiter.resolve();
      waiters = waiters.filter((waiter) => waiter.position > current);
    },
    waiting: () => waiters.length > 0,
    end(reason) {
      ended = reason;
      for (const { reject } of waiters) reject(reason);
      waiters = [];
    },
  };
}
