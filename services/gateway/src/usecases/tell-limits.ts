// Tells rate-limit what became of a reservation, until it has heard.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitServiceDefinition, ReleaseRequest, SettleRequest } from '@waybill/contracts';
import { type Fault, faultOf } from '@waybill/kernel';
import type { CallOptions, RequestOf } from '@waybill/rpc';
import type { Neighbours } from '../ports.ts';

export interface TellOptions {
  readonly limits: Pick<Neighbours['limits'], 'settle' | 'release'>;
  /** For one try, milliseconds. */
  readonly timeoutMs: number;
  /** Tries no further: rate-limit reads the log at its next start. */
  readonly signal: AbortSignal;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** What an attempt came to. Like release, it resolves when rate-limit has heard or never will, and never rejects. */
export function settleAttempt(request: SettleRequest, options: TellOptions): Promise<void> {
  return untilHeard(request.attemptId, (call) => options.limits.settle(request, call), options);
}

/** An attempt that did not go out, though it may have been admitted. */
export function releaseAttempt(request: ReleaseRequest, options: TellOptions): Promise<void> {
  return untilHeard(request.attemptId, (call) => options.limits.release(request, call), options);
}

type LimitMethods = LimitServiceDefinition['methods'];

/** Whose limits a request is about: one replica of rate-limit has them all, and is asked first. */
export function tenantIn(request: RequestOf<LimitMethods[keyof LimitMethods]>): string | undefined {
  if ('attribution' in request) return request.attribution?.tenantId;
  return 'tenantId' in request ? request.tenantId : undefined;
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;
const maybeLater: ReadonlySet<Fault['kind']> = new Set(['unavailable', 'timeout', 'cancelled', 'internal']);

async function untilHeard(
  attemptId: string,
  tell: (call: CallOptions) => Promise<unknown>,
  { timeoutMs, signal, alarm }: TellOptions,
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await tell({ timeoutMs });
      return;
    } catch (thrown) {
      const failure = faultOf(thrown);
      if (!maybeLater.has(failure.kind)) return alarm('settlement_refused', { attempt: attemptId, err: failure });
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}
