// Carries a plan out on a socket, and counts what was generated and what was handed over.
import type { ServerResponse } from 'node:http';
import type { Frame } from '../dialects/dialect.ts';
import type { Step } from './plan.ts';

/** What has happened so far; read when the answer has ended. */
export interface Meter {
  tokensGenerated: number;
  tokensDelivered: number;
  usage: 'sent' | 'not-sent';
}

export function newMeter(): Meter {
  return { tokensGenerated: 0, tokensDelivered: 0, usage: 'not-sent' };
}

/** Ends when the last step is done or the client has left. A stall lasts until the client leaves or the server closes. */
export async function deliver(response: ServerResponse, steps: readonly Step[], meter: Meter): Promise<void> {
  for (const step of steps) {
    for (let left = step.do === 'write' ? (step.times ?? 1) : 1; left > 0; left -= 1) {
      if (response.destroyed || response.socket === null) return;
      const pending = perform(response, step, meter);
      if (pending !== undefined) await pending;
    }
  }
}

function perform(response: ServerResponse, step: Step, meter: Meter): Promise<void> | undefined {
  switch (step.do) {
    case 'write': {
      if (step.begins !== undefined) meter.tokensGenerated += step.begins.tokens;
      const hasRoom = response.write(step.bytes);
      if (step.finishes !== undefined) recordDelivery(meter, step.finishes);
      return hasRoom ? undefined : untilClosedOr(response, (resume) => response.once('drain', resume));
    }
    case 'wait':
      return pause(response, step.ms);
    case 'flush':
      return new Promise((resolve) => setImmediate(resolve));
    case 'stall':
      return untilClosedOr(response, () => undefined);
    case 'reset':
      response.socket?.resetAndDestroy();
      return undefined;
    case 'close':
      response.socket?.destroySoon();
      return undefined;
    case 'end':
      response.end();
      return undefined;
    default:
      return step satisfies never;
  }
}

/** Waits, but no longer than the client stays. */
export function pause(response: ServerResponse, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  return untilClosedOr(response, (resume) => {
    timer = setTimeout(resume, ms);
  }).finally(() => clearTimeout(timer));
}

function untilClosedOr(response: ServerResponse, begin: (resume: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const resume = () => {
      response.off('close', resume);
      resolve();
    };
    response.once('close', resume);
    begin(resume);
  });
}

function recordDelivery(meter: Meter, frame: Frame): void {
  meter.tokensDelivered += frame.tokens;
  if (frame.tellsUsage) meter.usage = 'sent';
}
