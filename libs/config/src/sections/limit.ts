import type { Scope } from './scope.ts';

/** At least one of the three bounds is set. */
export interface LimitConfiguration {
  /** Default: made from the scope, such as `tenant=acme`, or `all`. */
  readonly id: string;
  readonly scope: Scope;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** Calls at one time. */
  readonly concurrency: number | undefined;
}
