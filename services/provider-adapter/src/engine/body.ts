// The body of an answer between the socket that brings it and the attempt that reads it.

/** What a body can do to the connection it comes from. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** Closes the connection. */
  abort(reason: Error): void;
}

export interface AnswerBody {
  /** The next piece, in order; undefined after the last. Rejects with what broke it. One wait at a time. */
  next(): Promise<Uint8Array | undefined>;
  /**
   * Nobody reads on. What little may be left is let pass, so that the connection can be used again; when more comes,
   * or nothing, the connection is closed.
   */
  dismiss(): void;
  /** Nobody wants the answer: closes the connection, unless everything has come or it was dismissed. */
  destroy(): void;
}

/** The side that the socket writes to. */
export interface IncomingBody extends AnswerBody {
  push(piece: Uint8Array): void;
  end(): void;
  fail(error: Error): void;
}

/** More than this is not kept for a slow reader: the socket has to wait. */
const waitingBytesMax = 256 * 1024;
/** What may be left of an answer that has been read. */
const leftBytesMax = 16 * 1024;
const leftWithinMs = 1_000;

export function openBody(source: BodySource): IncomingBody {
  const pieces: Uint8Array[] = [];
  const state = { waitingBytes: 0, isPaused: false, isOver: false, isDismissed: false, leftBytes: 0 };
  let error: Error | undefined;
  let reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  let patience: NodeJS.Timeout | undefined;

  function take(): Uint8Array | undefined {
    const piece = pieces.shift();
    state.waitingBytes -= piece?.length ?? 0;
    if (state.isPaused && state.waitingBytes === 0) {
      state.isPaused = false;
      source.resume();
    }
    return piece;
  }

  function over(because: Error | undefined): void {
    if (state.isOver) return;
    state.isOver = true;
    error = because;
    clearTimeout(patience);
    if (because) reader?.reject(because);
    else reader?.resolve(undefined);
    reader = undefined;
  }

  function close(): void {
    if (state.isOver) return;
    const reason = new Error('the answer is not wanted any more');
    over(reason);
    source.abort(reason);
  }

  /** Something came that nobody reads. */
  function letPass(bytes: number): void {
    state.leftBytes += bytes;
    if (state.leftBytes > leftBytesMax) close();
  }

  return {
    push(piece) {
      if (state.isOver) return;
      if (state.isDismissed) return letPass(piece.length);
      if (reader) {
        reader.resolve(piece);
        reader = undefined;
        return;
      }
      pieces.push(piece);
      state.waitingBytes += piece.length;
      if (state.waitingBytes < waitingBytesMax || state.isPaused) return;
      state.isPaused = true;
      source.pause();
    },
    end: () => over(undefined),
    fail: over,
    async next() {
      if (pieces.length > 0) return take();
      if (error) throw error;
      if (state.isOver) return undefined;
      reader = Promise.withResolvers();
      return reader.promise;
    },
    dismiss() {
      if (state.isOver || state.isDismissed) return;
      state.isDismissed = true;
      pieces.length = 0;
      if (state.isPaused) source.resume();
      patience = setTimeout(close, leftWithinMs);
      patience.unref();
    },
    destroy() {
      if (!state.isDismissed) close();
    },
  };
}
