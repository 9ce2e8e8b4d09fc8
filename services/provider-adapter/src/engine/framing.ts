// Bytes -> frames, for server-sent events and for JSON lines, however the bytes are split.
import type { StreamFrame } from '@waybill/providers';
import { createParser } from 'eventsource-parser';
import { answerLimits } from './limits.ts';

export interface Framer {
  /** Comments so far: they are no frames, but a sign of life. */
  comments(): number;
  /** Frames that these bytes complete, in order. Throws a FrameTooLarge or a FrameUnreadable. */
  push(bytes: Uint8Array): readonly StreamFrame[];
  /** What is left when the bytes end; an event without its closing blank line is none. */
  end(): readonly StreamFrame[];
}

/** A single frame is larger than we buffer. */
export class FrameTooLarge extends Error {}

/** Bytes that are no UTF-8: nothing that is made of them may reach a caller. */
export class FrameUnreadable extends Error {}

export function createFramer(framing: 'sse' | 'ndjson'): Framer {
  return framing === 'sse' ? eventFramer() : lineFramer();
}

function eventFramer(): Framer {
  const text = strictDecoder();
  let ready: StreamFrame[] = [];
  let pendingBytes = 0;
  let comments = 0;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      ready.push({ event, data });
      pendingBytes = 0;
    },
    onComment: () => {
      comments += 1;
    },
  });
  const take = () => {
    const taken = ready;
    ready = [];
    return taken;
  };
  return {
    comments: () => comments,
    push(bytes) {
      pendingBytes += bytes.length;
      parser.feed(text.more(bytes));
      const frames = take();
      if (frames.length > 0) pendingBytes = Math.min(pendingBytes, bytes.length);
      if (pendingBytes > answerLimits.frameBytes) throw new FrameTooLarge();
      return frames;
    },
    end: () => {
      parser.feed(text.rest());
      return take();
    },
  };
}

function lineFramer(): Framer {
  const text = strictDecoder();
  let rest = '';
  const framesOf = (lines: readonly string[]) =>
    lines.map((line) => ({ data: line.trim() })).filter(({ data }) => data !== '');
  return {
    comments: () => 0,
    push(bytes) {
      const lines = (rest + text.more(bytes)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > answerLimits.frameBytes) throw new FrameTooLarge();
      return framesOf(lines);
    },
    end: () => framesOf([rest + text.rest()]),
  };
}

/** Text of bytes however they are split, a byte order mark aside. */
function strictDecoder() {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const strictly = (decode: () => string) => {
    try {
      return decode();
    } catch {
      throw new FrameUnreadable();
    }
  };
  return {
    more: (bytes: Uint8Array) => strictly(() => decoder.decode(bytes, { stream: true })),
    rest: () => strictly(() => decoder.decode()),
  };
}
