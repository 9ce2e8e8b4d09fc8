// A bounded queue of parts between the attempt that fills it and the caller that empties it.
import type { ReplyPart } from '@waybill/contracts';
import { type Fault, FaultError } from '@waybill/kernel';

export interface PartQueue {
  push(part: ReplyPart): void;
  /** Undefined when there is room; else resolves when there is, or when the queue has ended. One wait at a time. */
  room(): Promise<void> | undefined;
  /** Nothing comes after this; a fault is thrown to the reader once it has read what was there before. */
  end(because?: Fault): void;
  /** Drops what waits, too. */
  cut(because: Fault): void;
  /** The parts in order, once. `onLeave` is called when the reader stops, for whatever reason. */
  read(onLeave: () => void): AsyncGenerator<ReplyPart, void, undefined>;
}

export function openPartQueue(capacity: number): PartQueue {
  const waiting: ReplyPart[] = [];
  const reader = openGate();
  const writer = openGate();
  let ending: { readonly because: Fault | undefined } | undefined;

  function end(because?: Fault): void {
    ending ??= { because };
    reader.open();
    writer.open();
  }

  return {
    push(part) {
      if (ending !== undefined) return;
      waiting.push(part);
      reader.open();
    },
    room: () => (ending !== undefined || waiting.length < capacity ? undefined : writer.passed()),
    end,
    cut(because) {
      waiting.length = 0;
      end(because);
    },
    async *read(onLeave) {
      try {
        for (;;) {
          const part = waiting.shift();
          if (part !== undefined) {
            if (waiting.length < capacity) writer.open();
            yield part;
          } else if (ending === undefined) await reader.passed();
          else if (ending.because !== undefined) throw new FaultError(ending.because);
          else return;
        }
      } finally {
        onLeave();
      }
    },
  };
}

interface Gate {
  /** Lets the one that waits go on. */
  open(): void;
  /** Resolves at the next opening. */
  passed(): Promise<void>;
}

function openGate(): Gate {
  let wake: (() => void) | undefined;
  return {
    open() {
      wake?.();
      wake = undefined;
    },
    passed: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
