import { type Fault, FaultError } from '@waybill/kernel';

/** Messages of one streamed answer that came and were not read yet; their number is bounded by the credit. */
export interface Inbox {
  message(bytes: Uint8Array): void;
  finished(fault: Fault | undefined): void;
  /** Ends it at once: what was not read is dropped. */
  abort(fault: Fault): void;
  /** The next message, in order; undefined after the last. Throws the fault the answer ended with. */
  take(): Promise<Uint8Array | undefined>;
}

export function createInbox(): Inbox {
  const messages: Uint8Array[] = [];
  let ending: { readonly fault: Fault | undefined } | undefined;
  let wake: (() => void) | undefined;
  return {
    message(bytes) {
      messages.push(bytes);
      wake?.();
    },
    finished(fault) {
      ending ??= { fault };
      wake?.();
    },
    abort(fault) {
      messages.length = 0;
      ending = { fault };
      wake?.();
    },
    async take() {
      if (messages.length === 0 && ending === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const message = messages.shift();
      if (message === undefined && ending?.fault !== undefined) throw new FaultError(ending.fault);
      return message;
    },
  };
}
