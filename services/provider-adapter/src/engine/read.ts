// Reads an answer's body, whole or frame by frame, within bounds of size and time.
import { type Fault, fault } from '@waybill/kernel';
import type { StreamFrame } from '@waybill/providers';
import { createFramer, FrameTooLarge, FrameUnreadable } from './framing.ts';
import { answerLimits } from './limits.ts';
import { connectionFault, type IncomingAnswer } from './send.ts';
import type { Watch } from './watch.ts';

/** A broken or too large answer, thrown to the one place that turns it into a result. */
export class AnswerBroken extends Error {
  readonly fault: Fault;
  /** Bytes of a whole answer that had come by then, or of the frame that was too large. */
  unreadBytes = 0;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The whole body; throws an AnswerBroken when it breaks off, stalls or is larger than the limit. */
export async function readWhole(answer: IncomingAnswer, watch: Watch, limitBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for (let piece = await nextPiece(answer, watch); piece; piece = await nextPiece(answer, watch)) {
      size += piece.length;
      if (size > limitBytes) throw tooLarge('answer', limitBytes);
      pieces.push(piece);
    }
  } catch (thrown) {
    answer.body.destroy();
    if (thrown instanceof AnswerBroken) thrown.unreadBytes = size;
    throw thrown;
  }
  return wholeOf(pieces);
}

/** The beginning of an error's body; what lies behind the limit is not read. */
export async function readError(answer: IncomingAnswer, watch: Watch): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for (let piece = await nextPiece(answer, watch); piece; piece = await nextPiece(answer, watch)) {
      pieces.push(piece);
      size += piece.length;
      if (size >= answerLimits.errorBytes) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof AnswerBroken)) throw thrown;
  } finally {
    answer.body.dismiss();
  }
  return wholeOf(pieces).subarray(0, answerLimits.errorBytes);
}

/** Batches of frames as they come; throws an AnswerBroken as `readWhole` does. */
export async function* readFrames(
  answer: IncomingAnswer,
  watch: Watch,
  framing: 'sse' | 'ndjson',
): AsyncGenerator<readonly StreamFrame[]> {
  const framer = createFramer(framing);
  try {
    for (let piece = await nextPiece(answer, watch); piece; piece = await nextPiece(answer, watch)) {
      const comments = framer.comments();
      const frames = framer.push(piece);
      if (frames.length > 0 || framer.comments() > comments) watch.progressed();
      if (frames.length === 0) continue;
      watch.handedOn();
      yield frames;
      watch.asked();
    }
    const rest = framer.end();
    if (rest.length > 0) yield rest;
  } catch (thrown) {
    if (thrown instanceof FrameUnreadable) throw new AnswerBroken(notText);
    throw thrown instanceof FrameTooLarge ? tooLarge('frame', answerLimits.frameBytes) : thrown;
  }
}

const notText = fault('upstream', 'the provider sent bytes that are no text', {
  details: { conduct: 'broken', provider_code: 'malformed_frame' },
});

async function nextPiece({ body, peer }: IncomingAnswer, watch: Watch): Promise<Uint8Array | undefined> {
  try {
    const piece = await body.next();
    if (piece) watch.received(piece.length);
    return piece;
  } catch (thrown) {
    throw new AnswerBroken(watch.reason() ?? connectionFault(thrown, peer).fault);
  }
}

function wholeOf(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function tooLarge(what: string, limitBytes: number): AnswerBroken {
  const broken = new AnswerBroken(fault('upstream', `the provider's ${what} is larger than ${limitBytes} bytes`));
  broken.unreadBytes = limitBytes;
  return broken;
}
