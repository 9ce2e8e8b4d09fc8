// Sends text to a client that may read slowly, or leave.
import type { ServerResponse } from 'node:http';

export interface TextStream {
  /** Whether the headers are out: from then on an error is a frame. */
  readonly hasBegun: boolean;
  /** Sends text; the headers go with the first. Wait for the promise, if there is one: the client is behind. */
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
  const begin = () => {
    if (!response.headersSent) response.writeHead(200, { ...headers(), ...eventStream });
  };
  return {
    get hasBegun() {
      return response.headersSent;
    },
    write(text) {
      begin();
      return response.write(text) || response.destroyed ? undefined : untilDrained(response, stallMs);
    },
    end(text) {
      begin();
      response.end(text);
    },
  };
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
