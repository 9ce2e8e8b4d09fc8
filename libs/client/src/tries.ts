// The tries of one call, within its one deadline.
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultError, fault, faultOf } from '@waybill/kernel';
import type { CallOptions as RpcCallOptions } from '@waybill/rpc';
import { metadataOf } from './metadata.ts';
import type { CallOptions, WaybillClientOptions } from './options.ts';
import { pauseBeforeRetryMs } from './retry.ts';

export interface Tries {
  /** What the next try is made with. */
  next(): RpcCallOptions;
  /** Waits until the call may be made again; throws what was thrown when it may not, or not within its time. */
  again(thrown: unknown): Promise<void>;
}

const defaultTimeoutMs = 120_000;

export function createTries(client: WaybillClientOptions, options: CallOptions): Tries {
  const { signal, waitForLimits = false } = options;
  const metadata = metadataOf(options, client.key);
  const deadlineMs = performance.now() + (options.timeoutMs ?? client.timeoutMs ?? defaultTimeoutMs);
  const timeLeftMs = () => deadlineMs - performance.now();
  let tries = 0;
  return {
    next() {
      tries += 1;
      return { signal, metadata, timeoutMs: timeLeftMs() };
    },
    async again(thrown) {
      const pauseMs = pauseBeforeRetryMs({ fault: faultOf(thrown), tries, waitForLimits });
      // Many callers that were turned away together do not come back together.
      const waitMs = pauseMs === undefined ? Number.POSITIVE_INFINITY : pauseMs * (1 + Math.random() / 4);
      if (waitMs >= timeLeftMs()) throw thrown;
      await sleep(waitMs, undefined, { signal }).catch(() => {
        throw new FaultError(fault('cancelled', 'the caller cancelled the call'));
      });
    },
  };
}
