// The same idempotency key and body get the same answer, and the provider is called once.
import { once } from 'node:events';
import { FaultError, fault } from '@waybill/kernel';
import type { ConductedCall, IncomingCall } from '../conduct.ts';
import type { CallFacts } from '../core/records.ts';
import type { AnswerStore } from '../ports.ts';
import { repeatAnswer } from './repeat-answer.ts';

/** A call that has been begun, and when all about it is done. */
export interface BegunCall {
  readonly begun: Promise<ConductedCall>;
  /** Never rejects. */
  readonly over: Promise<void>;
}

type AnswerOnce = (facts: CallFacts, incoming: IncomingCall, begin: () => BegunCall) => Promise<ConductedCall>;

interface Claim {
  readonly requestDigest: Buffer;
  /** Resolves when the call is over, and its answer kept if there is one. */
  readonly over: Promise<void>;
}

/**
 * A repeat waits for the first to end and gets its answer; when the first failed, the repeat is tried itself. Another
 * body under the same key is a `conflict`.
 */
export function answerOnce(answers: AnswerStore): AnswerOnce {
  const claims = new Map<string, Claim>();

  return async (facts, incoming, begin) => {
    const { idempotencyKeyDigest: key, requestDigest } = facts;
    for (let claim = claims.get(key); claim !== undefined; claim = claims.get(key)) {
      refuseOtherBody(claim, facts);
      await untilOver(claim, incoming.signal);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    claims.set(key, { requestDigest, over: promise });
    const release = () => {
      claims.delete(key);
      resolve();
    };
    try {
      const kept = await answers.load(key);
      if (kept) {
        refuseOtherBody(kept, facts);
        release();
        return repeatAnswer(kept);
      }
      const call = begin();
      call.over.finally(release);
      return call.begun;
    } catch (thrown) {
      release();
      throw thrown;
    }
  };
}

function refuseOtherBody(earlier: { readonly requestDigest: Buffer }, { requestDigest }: CallFacts): void {
  if (earlier.requestDigest.equals(requestDigest)) return;
  const message = 'this idempotency key was used with another request; use a new key for a new request';
  throw new FaultError(fault('conflict', message, { details: { field: 'idempotency-key' } }));
}

async function untilOver({ over }: Claim, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const left = once(signal, 'abort', { signal: waiting.signal });
  left.catch(() => undefined);
  if (!signal.aborted) await Promise.race([over, left]);
  waiting.abort();
  if (signal.aborted) throw new FaultError(fault('cancelled', 'the caller has left'));
}
