// Reads an answer's body, whole or frame by frame, within bounds of size and time.
import { type Fault, fault } from '@waybill/kernel';
import type { StreamFrame } from '@waybill/providers';
import { createFramer, FrameTooLarge } from './framing.ts';
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
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of bodyOf(answer, watch)) {
      size += chunk.length;
      if (size > limitBytes) throw tooLarge('answer', limitBytes);
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof AnswerBroken) thrown.unreadBytes = size;
    throw thrown;
  }
  return Buffer.concat(chunks);
}

/** The beginning of an error's body; what lies behind the limit is not read. */
export async function readError(answer: IncomingAnswer, watch: Watch): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of bodyOf(answer, watch)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= answerLimits.errorBytes) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof AnswerBroken)) throw thrown;
  }
  return Buffer.concat(chunks).subarray(0, answerLimits.errorBytes);
}

/** Batches of frames as they come; throws an AnswerBroken as `readWhole` does. */
export async function* readFrames(
  answer: IncomingAnswer,
  watch: Watch,
  framing: 'sse' | 'ndjson',
): AsyncGenerator<readonly StreamFrame[]> {
  const framer = createFramer(framing);
  try {
    for await (const chunk of bodyOf(answer, watch)) {
      const frames = framer.push(chunk);
      if (frames.length > 0) yield frames;
    }
    const rest = framer.end();
    if (rest.length > 0) yield rest;
  } catch (thrown) {
    throw thrown instanceof FrameTooLarge ? tooLarge('frame', answerLimits.frameBytes) : thrown;
  }
}

async function* bodyOf(answer: IncomingAnswer, watch: Watch): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer.body) {
      watch.alive();
      yield chunk;
    }
  } catch (thrown) {
    throw new AnswerBroken(watch.reason() ?? connectionFault(thrown).fault);
  } finally {
    answer.body.destroy();
  }
}

function tooLarge(what: string, limitBytes: number): AnswerBroken {
  const broken = new AnswerBroken(fault('upstream', `the provider's ${what} is larger than ${limitBytes} bytes`));
  broken.unreadBytes = limitBytes;
  return broken;
}
