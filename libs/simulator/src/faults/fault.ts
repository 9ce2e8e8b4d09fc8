// Every fault the simulator can play, and the one way to write it: `name:argument:argument`.
import type { Refusal } from '../dialects/refusal.ts';
import { isRefusalKind, refusalFault, statusFault } from './refusals.ts';

/** How the connection ends before its time. `end` is a clean end of the HTTP answer without the dialect's last frame. */
export type BreakHow = 'reset' | 'close' | 'end' | 'stall';

export type Fault =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  /** Status 200 with something that is not an answer. Costs nothing. */
  | { readonly kind: 'decoy'; readonly decoy: 'error' | 'html' | 'empty' }
  /** Nothing is sent, not even a status line. */
  | { readonly kind: 'break-before-headers'; readonly how: Exclude<BreakHow, 'end'> }
  /** After so many frames of a stream; in the middle of an answer in one piece. */
  | { readonly kind: 'break-after'; readonly how: BreakHow; readonly frames: number; readonly half?: true }
  /** The stream breaks off with the dialect's error frame. */
  | { readonly kind: 'error-frame'; readonly after: number }
  | { readonly kind: 'malformed-frame'; readonly after: number }
  | { readonly kind: 'huge-line'; readonly sizeBytes: number }
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  | { readonly kind: PlainFault };

const plainFaults = [
  'no-terminator',
  'duplicate-terminator',
  'no-final-blank',
  'comments',
  'pings',
  'unknown-events',
  'wrong-content-type',
  'close-after-reply',
] as const;
type PlainFault = (typeof plainFaults)[number];

const LARGEST_LINE_BYTES = 128 * 1024 * 1024;

/** Reads one fault; undefined if there is no such fault or an argument makes no sense. */
export function parseFault(text: string): Fault | undefined {
  const [name = '', ...args] = text.split(':');
  const plain = plainFaults.find((known) => known === name);
  if (plain !== undefined) return { kind: plain };
  if (isRefusalKind(name)) return refused(refusalFault(name, args));
  if (name === 'status') return refused(statusFault(args));
  return parseBreak(name, args) ?? parseStreamFault(name, args);
}

function parseBreak(name: string, args: readonly string[]): Fault | undefined {
  if (name === 'reset' || name === 'close' || name === 'stall') return { kind: 'break-before-headers', how: name };
  const match = /^(reset|close|end|stall)-after$/.exec(name);
  const frames = wholeNumber(args[0], 1);
  if (frames === undefined) return undefined;
  if (match !== null) return { kind: 'break-after', how: match[1] as BreakHow, frames };
  return name === 'cut-frame' ? { kind: 'break-after', how: 'end', frames, half: true } : undefined;
}

function parseStreamFault(name: string, args: readonly string[]): Fault | undefined {
  const first = wholeNumber(args[0], 1);
  const second = wholeNumber(args[1], 10);
  if (first === undefined || second === undefined) return undefined;
  switch (name) {
    case 'error-200':
      return { kind: 'decoy', decoy: 'error' };
    case 'html-200':
      return { kind: 'decoy', decoy: 'html' };
    case 'empty-200':
      return { kind: 'decoy', decoy: 'empty' };
    case 'error-frame':
    case 'malformed-frame':
      return { kind: name, after: first };
    case 'huge-line':
      return { kind: 'huge-line', sizeBytes: Math.min(first, LARGEST_LINE_BYTES) };
    case 'drip':
      return { kind: 'drip', bytes: Math.max(first, 1), everyMs: second };
    default:
      return undefined;
  }
}

function refused(refusal: Refusal | undefined): Fault | undefined {
  return refusal && { kind: 'refuse', refusal };
}

function wholeNumber(text: string | undefined, absent: number): number | undefined {
  if (text === undefined || text === '') return absent;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
