// The timers of one attempt: whichever phase is too slow ends it, with a fault that names the phase.
import type { ProviderTimeouts } from '@waybill/config';
import { type Fault, fault } from '@waybill/kernel';

export interface Watch {
  /** Aborts when a phase is too slow or the caller cancels. */
  readonly signal: AbortSignal;
  /** Another piece of the answer came; from the first on, only the pause between pieces is bounded. */
  alive(): void;
  /** Why the signal aborted; undefined when it did not. */
  reason(): Fault | undefined;
  stop(): void;
}

/** Starts the phase from the connection to the first byte, and the bound on the whole. */
export function startWatch(timeouts: ProviderTimeouts, caller: AbortSignal): Watch {
  const controller = new AbortController();
  let reason: Fault | undefined;
  const end = (why: Fault) => {
    reason ??= why;
    controller.abort();
  };
  const cancel = () => end(fault('cancelled', 'the caller cancelled the attempt'));
  if (caller.aborted) cancel();
  else caller.addEventListener('abort', cancel, { once: true });
  const whole = setTimeout(() => end(tooSlow('total', timeouts.totalMs)), timeouts.totalMs);
  let pieces = 0;
  // What has arrived while this process was busy is read before the silence is believed.
  const suspect = (why: Fault) => {
    const before = pieces;
    setImmediate(() => {
      if (pieces === before) end(why);
    });
  };
  const untilFirst = timeouts.connectMs + timeouts.firstByteMs;
  let phase = setTimeout(() => suspect(tooSlow('first_byte', timeouts.firstByteMs)), untilFirst);
  return {
    signal: controller.signal,
    alive() {
      pieces += 1;
      if (pieces > 1) {
        phase.refresh();
        return;
      }
      clearTimeout(phase);
      phase = setTimeout(() => suspect(tooSlow('idle', timeouts.idleMs)), timeouts.idleMs);
    },
    reason: () => reason,
    stop() {
      clearTimeout(whole);
      clearTimeout(phase);
      caller.removeEventListener('abort', cancel);
    },
  };
}

const sentences = {
  first_byte: 'sent no first byte',
  idle: 'sent nothing more',
  total: 'was not done',
};

function tooSlow(phase: keyof typeof sentences, ms: number): Fault {
  return fault('timeout', `the provider ${sentences[phase]} within ${ms} ms`, { details: { phase } });
}
