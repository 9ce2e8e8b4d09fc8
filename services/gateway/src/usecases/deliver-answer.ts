// Hands the parts of an attempt to the caller as they come, or keeps them until the answer is whole.
import type { ReplyPart } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { isContent } from '../core/answer-bytes.ts';
import type { Attempt } from '../core/journey.ts';
import { headOf } from './answer-head.ts';
import type { Delivered, JourneyWorld, RankedCall } from './call-under-way.ts';
import { openTranscript } from './transcript.ts';

export interface Delivery {
  /** Takes a part; the promise, if there is one, is the caller being behind. */
  take(part: ReplyPart): Promise<void> | undefined;
  delivered(): Delivered;
}

/**
 * Parts before the first piece of content are held back with it, so that an attempt that fails before it can be
 * followed by another. Throws a FaultError when an answer that must be whole is too large to be kept.
 */
export function openDelivery(world: JourneyWorld, call: RankedCall, attempt: Attempt): Delivery {
  const { settings, reached } = world;
  const { facts, answer } = call;
  const transcript = openTranscript(keptBytes(world, call));
  const heldBack: ReplyPart[] = [];
  let hasBegun = false;

  function takeWhole(part: ReplyPart): undefined {
    if (!transcript.add(part)) throw tooLarge(settings.wholeBytes);
  }

  function takeLive(part: ReplyPart): Promise<void> | undefined {
    transcript.add(part);
    if (hasBegun) return answer.deliver([part]);
    heldBack.push(part);
    if (!isContent(part)) return undefined;
    hasBegun = true;
    answer.begin(headOf(call, attempt));
    reached('first_part', facts.callId);
    return answer.deliver(heldBack.splice(0));
  }

  const take = call.whole ? takeWhole : takeLive;
  for (const warning of call.ranked.warnings) take({ part: { $case: 'warning', value: warning } });
  return {
    take,
    delivered() {
      const parts = transcript.parts();
      return { hasBegun, parts, heldBack: call.whole ? (parts ?? []) : heldBack };
    },
  };
}

/** An answer is kept as far as a repeat, evaluator, or its own route needs it. */
function keptBytes({ settings }: JourneyWorld, { whole, incoming }: RankedCall): number {
  if (whole) return settings.wholeBytes;
  return settings.evaluate || incoming.idempotencyKey !== undefined ? settings.keptBytes : 0;
}

function tooLarge(bytes: number): FaultError {
  const message = `the answer is larger than the ${bytes} bytes that are kept of an answer that must be whole`;
  return new FaultError(fault('upstream', message, { details: { limit_bytes: String(bytes) } }));
}
