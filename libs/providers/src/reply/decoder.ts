// The part of reading an answer that is the same for every vendor: when it is complete, and when it is not.
import type { ReplyPart, Usage } from '@waybill/contracts';
import type { HttpHeaders, StreamDecoder, StreamFrame, UpstreamRequest } from '../codec.ts';
import { midStreamFault, type ProviderFault } from '../provider-fault.ts';
import { usageParts } from './parts.ts';

/** What every reader keeps of an answer in progress. */
export interface ReplyProgress {
  readonly request: UpstreamRequest;
  /** The terminator came. */
  complete: boolean;
  fault: ProviderFault | undefined;
  /** The last snapshot. */
  usage: Usage | undefined;
}

/** One vendor's way of reading frames. */
export interface FrameReader<State extends ReplyProgress> {
  initial(request: UpstreamRequest, headers: HttpHeaders): State;
  /** Adds what the frame brings to `parts`; sets `fault` when the frame is an error or cannot be read. */
  read(state: State, frame: StreamFrame, parts: ReplyPart[]): void;
  /** Whether the answer is whole if the body ends here. Wires with a terminator frame set `complete` in `read`. */
  isWhole?(state: State): boolean;
  /** The finish of a complete answer. */
  finish(state: State): ReplyPart;
  rawUsage(state: State): string | undefined;
}

/** What a reader starts from. */
export function initialProgress(request: UpstreamRequest): ReplyProgress {
  return { request, complete: false, fault: undefined, usage: undefined };
}

/** A stream decoder that gives usage and finish last, and a finish only to a complete answer. */
export function decoderOf<State extends ReplyProgress>(reader: FrameReader<State>): StreamDecoder<State> {
  return {
    initial: reader.initial,
    step(state, frame) {
      const parts: ReplyPart[] = [];
      if (state.complete || state.fault) return { parts, done: state.complete, fault: state.fault };
      reader.read(state, frame, parts);
      if (state.complete) parts.push(...usageParts(state.usage), reader.finish(state));
      return { parts, done: state.complete, fault: state.fault };
    },
    end(state) {
      const known = { usage: state.usage, rawUsage: reader.rawUsage(state) };
      if (state.complete) return { parts: [], ...known };
      const whole = !state.fault && reader.isWhole?.(state) === true;
      if (whole) return { parts: [...usageParts(state.usage), reader.finish(state)], ...known };
      return { parts: usageParts(state.usage), fault: state.fault ?? cutStream(), ...known };
    },
  };
}

/** The fault of a stream that is over before the answer is. */
export function cutStream(): ProviderFault {
  return midStreamFault({
    conduct: 'broken',
    code: 'stream_cut',
    text: 'the stream ended before the answer was complete',
  });
}

/** The fault of a frame that is not what the dialect allows. */
export function malformedFrame(): ProviderFault {
  return midStreamFault({ conduct: 'broken', code: 'malformed_frame', text: 'a frame of the stream cannot be read' });
}
