// Faults that change the frames of a stream. Pure: frames in, frames out.
import type { Frame } from '../dialects/dialect.ts';
import type { Framing } from '../dialects/framing.ts';
import type { Directives, Newline } from '../faults/directives.ts';
import type { Fault } from '../faults/fault.ts';

const NEWLINE: Readonly<Record<Newline, string>> = { lf: '\n', crlf: '\r\n', cr: '\r' };

/** The frames after all faults that stay inside them. `errorFrame` is the dialect's, for a stream that breaks off. */
export function faultyFrames(
  frames: readonly Frame[],
  directives: Directives,
  framing: Framing,
  errorFrame: string,
): readonly Frame[] {
  const changed = directives.faults.reduce<readonly Frame[]>(
    (sum, fault) => withFault(sum, fault, framing, errorFrame),
    frames,
  );
  const { newline } = directives;
  const renewed =
    newline === undefined
      ? changed
      : changed.map((frame) => withText(frame, frame.text.replace(/\r?\n/g, NEWLINE[newline])));
  const first = renewed[0];
  if (directives.byteOrderMark === undefined || first === undefined) return renewed;
  return [withText(first, `\uFEFF${first.text}`), ...renewed.slice(1)];
}

function withFault(frames: readonly Frame[], fault: Fault, framing: Framing, errorFrame: string): readonly Frame[] {
  switch (fault.kind) {
    case 'no-terminator':
      return frames.filter((frame) => frame.part !== 'end');
    case 'duplicate-terminator':
      return [...frames, ...frames.filter((frame) => frame.part === 'end').map((frame) => ({ ...frame, tokens: 0 }))];
    case 'no-final-blank':
      return frames.map((frame, index) =>
        index === frames.length - 1 ? withText(frame, frame.text.trimEnd()) : frame,
      );
    case 'comments':
      return interleaved(frames, framing.comment);
    case 'pings':
      return interleaved(frames, framing.ping);
    case 'unknown-events':
      return interleaved(frames, framing.unknownEvent);
    case 'malformed-frame':
      return inserted(frames, fault.after, framing.malformed);
    case 'huge-line':
      return inserted(frames, 1, framing.frame(`{"filler":"${'x'.repeat(fault.sizeBytes)}"}`, 'filler'));
    case 'error-frame':
      return [...frames.slice(0, fault.after), noise(errorFrame)];
    default:
      return frames;
  }
}

function interleaved(frames: readonly Frame[], text: string): readonly Frame[] {
  return frames.flatMap((frame) => [noise(text), frame]);
}

function inserted(frames: readonly Frame[], after: number, text: string): readonly Frame[] {
  const at = Math.min(after, Math.max(0, frames.length - 1));
  return [...frames.slice(0, at), noise(text), ...frames.slice(at)];
}

function noise(text: string): Frame {
  return { text, tokens: 0, part: 'delta' };
}

function withText(frame: Frame, text: string): Frame {
  return { ...frame, text };
}

/** An answer in one piece: its bytes can be broken off, or begin with a byte order mark. */
export function faultyBody(body: string, directives: Directives): string {
  const isBroken = directives.faults.some((fault) => fault.kind === 'malformed-frame');
  const text = isBroken ? body.slice(0, Math.ceil(body.length / 2)) : body;
  return directives.byteOrderMark === undefined ? text : `\uFEFF${text}`;
}
