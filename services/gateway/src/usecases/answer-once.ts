// The same idempotency key and body get the same answer, and the provider is called once, whichever gateway is asked.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultError, fault } from '@waybill/kernel';
import type { ConductedCall, IncomingCall } from '../conduct.ts';
import type { CallFacts } from '../core/records.ts';
import type { AnswerStore, KeptAnswer } from '../ports.ts';
import { repeatAnswer } from './repeat-answer.ts';

/** A call that has been begun, and when all about it is done. */
export interface BegunCall {
  readonly begun: Promise<ConductedCall>;
  /** Never rejects. */
  readonly over: Promise<void>;
}

type AnswerOnce = (facts: CallFacts, incoming: IncomingCall, begin: () => BegunCall) => Promise<ConductedCall>;

/** A call of this process that somebody may wait for. */
interface UnderWay {
  readonly requestDigest: Buffer;
  /** Resolves when the call is over, and its answer kept if there is one. */
  readonly over: Promise<void>;
}

/** How soon it is looked again whether another gateway has done, milliseconds. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** When a call has the key to itself, or an answer is there. */
interface Turn {
  readonly kept: KeptAnswer | undefined;
  release(): Promise<void>;
}

/**
 * A repeat waits for the first to end and gets its answer; when the first failed, the repeat is tried itself. Another
 * body under the same key is a `conflict`.
 */
export function answerOnce(answers: AnswerStore): AnswerOnce {
  const underWay = new Map<string, UnderWay>();

  return async (facts, incoming, begin) => {
    const { idempotencyKeyDigest: key, requestDigest } = facts;
    for (let first = underWay.get(key); first !== undefined; first = underWay.get(key)) {
      refuseOtherBody(first, facts);
      await unlessLeft(first.over, incoming.signal);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.set(key, { requestDigest, over: promise });
    const over = () => {
      underWay.delete(key);
      resolve();
    };
    try {
      const { begun, over: ended } = await inTurn(await turnOf(answers, facts, incoming.signal), facts, begin);
      ended.finally(over);
      return begun;
    } catch (thrown) {
      over();
      throw thrown;
    }
  };
}

/** Waits while another gateway has the key. */
async function turnOf(answers: AnswerStore, facts: CallFacts, signal: AbortSignal): Promise<Turn> {
  const { idempotencyKeyDigest: key, requestDigest } = facts;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const kept = await answers.load(key);
    if (kept) return { kept, release: async () => undefined };
    const claim = await answers.claim(key, requestDigest);
    if (claim.isOurs) return claimedTurn(answers, key, claim.release);
    refuseOtherBody(claim, facts);
    await unlessLeft(sleep(pauseMs), signal);
  }
}

/** Whoever had the key before may have ended since it was looked for an answer. */
async function claimedTurn(answers: AnswerStore, key: string, release: () => Promise<void>): Promise<Turn> {
  try {
    return { kept: await answers.load(key), release };
  } catch (thrown) {
    await release();
    throw thrown;
  }
}

async function inTurn({ kept, release }: Turn, facts: CallFacts, begin: () => BegunCall): Promise<BegunCall> {
  try {
    if (kept === undefined) {
      const { begun, over } = begin();
      return { begun, over: over.then(release) };
    }
    refuseOtherBody(kept, facts);
    return { begun: Promise.resolve(repeatAnswer(kept)), over: release() };
  } catch (thrown) {
    await release();
    throw thrown;
  }
}

export function refuseOtherBody(
  earlier: { readonly requestDigest: Uint8Array },
  { requestDigest }: Pick<CallFacts, 'requestDigest'>,
): void {
  if (requestDigest.equals(earlier.requestDigest)) return;
  const message = 'this idempotency key was used with another request; use a new key for a new request';
  throw new FaultError(fault('conflict', message, { details: { field: 'idempotency-key' } }));
}

async function unlessLeft(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const left = once(signal, 'abort', { signal: waiting.signal });
  left.catch(() => undefined);
  if (!signal.aborted) await Promise.race([wait, left]);
  waiting.abort();
  if (signal.aborted) throw new FaultError(fault('cancelled', 'the caller has left'));
}
