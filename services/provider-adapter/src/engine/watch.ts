// The timers of one attempt: whichever phase is too slow ends it, with a fault that names the phase.
import type { ProviderTimeouts } from '@waybill/config';
import { type Fault, fault } from '@waybill/kernel';
import { somePeer } from './peer.ts';

export interface Watch {
  /** Aborts when a phase is too slow or the caller cancels. */
  readonly signal: AbortSignal;
  /** So many bytes of the answer came; from the first on, the pause between what counts as progress is bounded. */
  received(bytes: number): void;
  /** What came was of use: a whole frame. Otherwise only so many bytes at a time are progress. */
  progressed(): void;
  /** What came is on its way to a caller who may be slow: until `asked`, silence is not the provider's. */
  handedOn(): void;
  /** The next is waited for again. */
  asked(): void;
  /** The first of the answer itself came, after whatever a provider sends before it. */
  begun(): void;
  /** Why the signal aborted; undefined when it did not. */
  reason(): Fault | undefined;
  stop(): void;
}

/** Fewer bytes than this within an idle time, and no frame, is a drip that nobody waits for. */
const progressBytes = 1_024;

/** How an answer comes: at once, as a list does; as a `stream`; or `whole`, when all of it has been generated. */
export type AnswerPace = 'at_once' | 'stream' | 'whole';

export interface WatchOptions {
  /** Default `at_once`. */
  readonly pace?: AnswerPace;
  /** Whom it watches, for faults; see `peerName`. */
  readonly peer?: string;
}

/**
 * Starts the phase from the connection to the first byte, and the bound on the whole; for a stream, also the one until
 * its answer begins. The first byte of a whole answer is the end of its generation, and is waited for longer.
 */
export function startWatch(timeouts: ProviderTimeouts, caller: AbortSignal, options: WatchOptions = {}): Watch {
  const { pace = 'at_once', peer = somePeer } = options;
  const controller = new AbortController();
  let reason: Fault | undefined;
  const end = (why: Fault) => {
    reason ??= why;
    controller.abort();
  };
  const cancel = () => end(fault('cancelled', 'the caller cancelled the attempt'));
  if (caller.aborted) cancel();
  else caller.addEventListener('abort', cancel, { once: true });
  const whole = setTimeout(() => end(tooSlow(peer, 'total', timeouts.totalMs)), timeouts.totalMs);
  let pieces = 0;
  let isExcused = false;
  let isHandedOn = false;
  // What has arrived while this process was busy is read before the silence is believed, once until there is progress.
  const suspect = (why: Fault) => {
    if (isHandedOn) return;
    const before = pieces;
    setImmediate(() => {
      if (pieces === before || isExcused) return end(why);
      isExcused = true;
      phase.refresh();
    });
  };
  const { connectMs, firstByteMs, firstTokenMs = timeouts.totalMs } = timeouts;
  const firstMs = pace === 'whole' ? Math.max(firstByteMs, timeouts.firstTokenMs ?? 0) : firstByteMs;
  let phase = setTimeout(() => suspect(tooSlow(peer, 'first_byte', firstMs)), connectMs + firstMs);
  const late = () => end(tooSlow(peer, 'first_token', firstTokenMs));
  const beginning = pace === 'stream' ? setTimeout(late, connectMs + firstTokenMs) : undefined;
  let unusedBytes = 0;
  const progressed = () => {
    unusedBytes = 0;
    isExcused = false;
    phase.refresh();
  };
  return {
    signal: controller.signal,
    received(bytes) {
      pieces += 1;
      unusedBytes += bytes;
      if (pieces > 1) {
        if (unusedBytes >= progressBytes) progressed();
        return;
      }
      clearTimeout(phase);
      phase = setTimeout(() => suspect(tooSlow(peer, 'idle', timeouts.idleMs)), timeouts.idleMs);
    },
    progressed,
    handedOn() {
      isHandedOn = true;
    },
    asked() {
      isHandedOn = false;
      phase.refresh();
    },
    begun: () => clearTimeout(beginning),
    reason: () => reason,
    stop() {
      clearTimeout(whole);
      clearTimeout(phase);
      clearTimeout(beginning);
      caller.removeEventListener('abort', cancel);
    },
  };
}

const sentences = {
  first_byte: 'sent no first byte',
  first_token: 'began no answer',
  idle: 'sent nothing more of use',
  total: 'was not done',
};

function tooSlow(peer: string, phase: keyof typeof sentences, ms: number): Fault {
  return fault('timeout', `${peer} ${sentences[phase]} within ${ms} ms`, { details: { phase } });
}
