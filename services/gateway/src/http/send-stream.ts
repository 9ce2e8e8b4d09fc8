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
  const state = { hasBegun: false, isFull: false, waiting: '' };

  function begin(): void {
    if (state.hasBegun) return;
    state.hasBegun = true;
    response.writeHead(200, { ...headers(), ...eventStream });
  }

  function flush(): void {
    if (state.waiting === '' || response.destroyed) return;
    state.isFull = !response.write(state.waiting);
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
      return state.isFull && !response.destroyed
        ? untilDrained(response, stallMs).then(() => resume(state))
        : undefined;
    },
    end(text) {
      begin();
      response.end(state.waiting + text);
      state.waiting = '';
    },
  };
}

function resume(state: { isFull: boolean }): void {
  state.isFull = false;
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
