// Sends text to a client that may read slowly, or leave.
import type { ServerResponse } from 'node:http';

export interface TextStream {
  /** Whether something was written: from then on an error is a frame. */
  readonly hasBegun: boolean;
  /**
   * Sends text; the headers go with the first. What is written at one go is sent at one go: nothing waits for a timer.
   * Wait for the promise, if there is one: the client is behind.
   */
  write(text: string): Promise<void> | undefined;
  end(text: string): void;
}

const eventStream = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/** A client that reads nothing for `stallMs` is cut off. */
export function openTextStream(
  response: ServerResponse,
  headers: () => Record<string, string>,
  stallMs: number,
): TextStream {
  const state = { hasBegun: false, waiting: '' };

  function begin(): void {
    if (state.hasBegun) return;
    state.hasBegun = true;
    response.writeHead(200, { ...headers(), ...eventStream });
  }

  function flush(): void {
    if (state.waiting === '' || response.destroyed) return;
    response.write(state.waiting);
    state.waiting = '';
  }

  return {
    get hasBegun() {
      return state.hasBegun;
    },
    write(text) {
      begin();
      if (state.waiting === '') process.nextTick(flush);
      state.waiting += text;
      // Asked now, not remembered: what was full then may be empty by now, and says so only once.
      return response.writableNeedDrain ? untilDrained(response, stallMs) : undefined;
    },
    end(text) {
      begin();
      endWithin(response, state.waiting + text, stallMs);
      state.waiting = '';
    },
  };
}

/** Sends the rest of an answer; a client that takes nothing of it for `stallMs` is cut off. */
export function endWithin(response: ServerResponse, text: string, stallMs: number): void {
  // A timeout that nobody listens to ends the connection; once the answer is out, the server sets its own.
  response.socket?.setTimeout(stallMs);
  response.end(text);
}

function untilDrained(response: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), stallMs);
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
