import type { Fault } from '@waybill/kernel';
import type { CallScope } from './call-scope.ts';

/** The calls that are under way. */
export interface Occupancy {
  enter(scope: CallScope): void;
  leave(scope: CallScope): void;
  /** Resolves as soon as nothing is under way. */
  idle(): Promise<void>;
  abortAll(reason: Fault): void;
}

export function createOccupancy(): Occupancy {
  const scopes = new Set<CallScope>();
  let waiting: Array<() => void> = [];
  return {
    enter: (scope) => void scopes.add(scope),
    leave(scope) {
      scopes.delete(scope);
      if (scopes.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle: () => (scopes.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    abortAll(reason) {
      for (const scope of [...scopes]) scope.abort(reason);
    },
  };
}
