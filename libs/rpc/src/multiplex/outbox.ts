// Frames on their way out: those that are ready in the same turn of the event loop go as one message.

/** A batch is sent as soon as it has this many bytes; one frame may be larger by itself. */
const batchBytesMax = 128 * 1024;
/** Beyond this many waiting bytes, producers of streams pause. */
const waitingBytesMax = 256 * 1024;

export interface OutboxSettings<Frame> {
  /** Sends a batch; false when the next has to wait for drained(). */
  send(frames: Frame[]): boolean;
  sizeBytesOf(frame: Frame): number;
}

export interface Outbox<Frame> {
  push(frame: Frame): void;
  /** The stream takes batches again. */
  drained(): void;
  /** Sends what is waiting, at once and whether or not the stream asks to wait. */
  flush(): void;
  /** What has not been handed to the stream yet. */
  waiting(): readonly Frame[];
  isFull(): boolean;
  /** Resolves once it is not full. */
  hasRoom(): Promise<void>;
}

export function createOutbox<Frame>({ send, sizeBytesOf }: OutboxSettings<Frame>): Outbox<Frame> {
  const frames: Frame[] = [];
  let waitingBytes = 0;
  let scheduled = false;
  let blocked = false;
  let waiting: Array<() => void> = [];

  const isFull = () => waitingBytes > waitingBytesMax;

  function schedule(): void {
    if (scheduled || blocked) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      sendBatches();
    });
  }

  function nextBatch(): Frame[] {
    let sizeBytes = 0;
    let count = 0;
    while (count < frames.length && sizeBytes < batchBytesMax) {
      sizeBytes += sizeBytesOf(frames[count] as Frame);
      count += 1;
    }
    waitingBytes -= sizeBytes;
    return frames.splice(0, count);
  }

  function sendBatches(): void {
    while (frames.length > 0 && !blocked) blocked = !send(nextBatch());
    if (isFull()) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  return {
    push(frame) {
      frames.push(frame);
      waitingBytes += sizeBytesOf(frame);
      schedule();
    },
    drained() {
      blocked = false;
      sendBatches();
    },
    flush() {
      while (frames.length > 0) send(nextBatch());
    },
    waiting: () => frames,
    isFull,
    hasRoom: () => (isFull() ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}
