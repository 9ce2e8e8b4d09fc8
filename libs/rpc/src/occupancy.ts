import type { Fault } from '@waybill/kernel';
import type { CallScope } from './call-scope.ts';

/** The calls that are under way on one side. */
export interface Occupancy {
  enter(scope: CallScope): void;
  leave(scope: CallScope): void;
  /** Resolves as soon as nothing is under way. */
  idle(): Promise<void>;
  abortAll(reason: Fault): void;
  /** Aborts all, and every later one as it enters. */
  close(reason: Fault): void;
}

export function createOccupancy(): Occupancy {
  const scopes = new Set<CallScope>();
  let waiting: Array<() => void> = [];
  let closed: Fault | undefined;

  function abortAll(reason: Fault): void {
    for (const scope of [...scopes]) scope.abort(reason);
  }

  return {
    enter(scope) {
      scopes.add(scope);
      if (closed !== undefined) scope.abort(closed);
    },
    leave(scope) {
      scopes.delete(scope);
      if (scopes.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle: () => (scopes.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    abortAll,
    close(reason) {
      closed = reason;
      abortAll(reason);
    },
  };
}
