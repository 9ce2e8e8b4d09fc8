// What is written to the socket, step by step, once frames, pace and faults are known. Pure.
import type { Frame } from '../dialects/dialect.ts';
import type { Directives } from '../faults/directives.ts';
import type { BreakHow, Fault } from '../faults/fault.ts';

export type Step =
  | {
      readonly do: 'write';
      readonly bytes: string | Uint8Array;
      readonly begins?: Frame;
      readonly finishes?: Frame;
      /** Default 1. */
      readonly times?: number;
    }
  | { readonly do: 'wait'; readonly ms: number }
  /** Lets what was written leave the process before more is. */
  | { readonly do: 'flush' }
  | { readonly do: BreakHow };

/** The steps of an answer whose headers are sent; the last one is always how it ends. */
export function planDelivery(frames: readonly Frame[], directives: Directives, chunkDelayMs: number): Step[] {
  const broken = breakOf(directives);
  const cutWhole = broken !== undefined && frames.length === 1 && broken.frames > 0;
  const complete = cutWhole ? 0 : Math.min(broken?.frames ?? frames.length, frames.length);
  const steps: Step[] = [];
  frames.slice(0, complete).forEach((frame, index) => {
    if (index > 0 && chunkDelayMs > 0) steps.push({ do: 'wait', ms: chunkDelayMs });
    steps.push(...writes(frame, directives));
  });
  const next = frames[complete];
  if (broken !== undefined && next !== undefined && (broken.half || cutWhole)) steps.push(...firstHalf(next));
  if (broken !== undefined) steps.push({ do: 'flush' });
  steps.push({ do: broken?.how ?? 'end' });
  return steps;
}

/** Whether the faults keep the client from seeing the end of the answer. */
export function isCutShort(faults: readonly Fault[], delivery: 'whole' | 'stream'): boolean {
  const cutting = delivery === 'whole' ? ['break-after'] : ['break-after', 'no-terminator', 'error-frame'];
  return faults.some((fault) => cutting.includes(fault.kind));
}

function breakOf(directives: Directives) {
  return directives.faults.find((fault) => fault.kind === 'break-after');
}

function writes(frame: Frame, directives: Directives): Step[] {
  const drip = directives.faults.find((fault) => fault.kind === 'drip');
  const size = drip?.bytes ?? directives.splitBytes;
  if (size === undefined) {
    return [{ do: 'write', bytes: frame.text, begins: frame, finishes: frame, times: timesOf(frame, directives) }];
  }
  const bytes = Buffer.from(frame.text);
  const steps: Step[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    const isLast = start + size >= bytes.length;
    steps.push({
      do: 'write',
      bytes: bytes.subarray(start, start + size),
      begins: start === 0 ? frame : undefined,
      finishes: isLast ? frame : undefined,
    });
    steps.push(drip === undefined ? { do: 'flush' } : { do: 'wait', ms: drip.everyMs });
  }
  return steps;
}

/** An answer that repeats its piece has one frame for it. */
function timesOf({ part, tokens }: Frame, { answer }: Directives): number {
  return part === 'delta' && tokens === 1 ? (answer.repeat?.times ?? 1) : 1;
}

function firstHalf(frame: Frame): Step[] {
  const bytes = Buffer.from(frame.text);
  return [{ do: 'write', bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)), begins: frame }];
}
