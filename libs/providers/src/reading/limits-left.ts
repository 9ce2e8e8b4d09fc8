// What a provider says is left of its limits, in the headers of an answer.
import type { Micros } from '@waybill/kernel';
import type { HttpHeaders } from '../codec.ts';
import { resetWaitMs } from './retry-hint.ts';

/** The limit of which the least is left. */
export interface LimitsLeft {
  /** From 0 to 1. */
  readonly share: number;
  /** Until it is whole again, milliseconds; undefined when that is not said. */
  readonly resetMs: number | undefined;
}

const limitHeader = /^(?:x-ratelimit-limit-(.+)|((?:anthropic-)?(?:x-)?ratelimit-.+)-limit)$/;

/** Undefined when nothing readable says so. */
export function limitsLeft(headers: HttpHeaders, now: Micros): LimitsLeft | undefined {
  let least: LimitsLeft | undefined;
  for (const [name, value] of Object.entries(headers)) {
    const match = limitHeader.exec(name);
    if (match === null) continue;
    const of = (word: string) => headers[match[1] ? `x-ratelimit-${word}-${match[1]}` : `${match[2]}-${word}`];
    const share = shareOf(of('remaining'), value);
    if (share === undefined || (least !== undefined && share >= least.share)) continue;
    least = { share, resetMs: resetWaitMs(of('reset'), now) };
  }
  return least;
}

function shareOf(remaining: string | undefined, limit: string): number | undefined {
  if (remaining === undefined || !isCount(remaining) || !isCount(limit) || Number(limit) === 0) return undefined;
  return Math.min(Number(remaining) / Number(limit), 1);
}

function isCount(text: string): boolean {
  return /^\d{1,15}$/.test(text.trim());
}
