// When a provider says that trying again may help, in all the forms they say it.
import type { Micros } from '@waybill/kernel';
import type { HttpHeaders } from '../codec.ts';
import { believable } from '../provider-fault.ts';

/**
 * Milliseconds until a retry may help, 0 to one hour; undefined when nothing readable says so. Trusted in this order:
 * `retry-after-ms`, `retry-after` (seconds or an HTTP date), the delay in the body, the reset headers of limits.
 */
export function retryHint(headers: HttpHeaders, now: Micros, bodyDelayMs?: number): number | undefined {
  const nowMs = Number(now / 1000n);
  const hint =
    decimal(headers['retry-after-ms']) ??
    secondsOrDate(headers['retry-after'], nowMs) ??
    bodyDelayMs ??
    limitReset(headers, nowMs);
  return believable(hint);
}

/** A decimal number, signed perhaps; undefined for anything else. */
function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*-?\d{1,20}(\.\d*)?\s*$/.test(text) ? Number(text) : undefined;
}

function secondsOrDate(text: string | undefined, nowMs: number): number | undefined {
  const seconds = decimal(text);
  if (seconds !== undefined) return seconds * 1000;
  return untilDate(text, nowMs);
}

function untilDate(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined || !/[a-z]/i.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - nowMs;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration such as `12ms`, `1.5s` or `6m0s` in milliseconds; undefined when it is none. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d{1,15}(\.\d{1,15})?(ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) sum += Number(amount) * unitMs[unit!]!;
  return sum;
}

/** The wait that a reset header asks for, as a duration, seconds or a date; undefined when it is none of them. */
export function resetWaitMs(text: string | undefined, now: Micros): number | undefined {
  return durationMs(text) ?? secondsOrDate(text, Number(now / 1000n));
}

const resetHeader = /^(?:x-ratelimit-reset-(.+)|((?:anthropic-)?(?:x-)?ratelimit-.+)-reset)$/;

/** The wait the reset headers ask for: until every used-up limit is back, else until the first one is. */
function limitReset(headers: HttpHeaders, nowMs: number): number | undefined {
  const usedUp: number[] = [];
  const others: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const match = resetHeader.exec(name);
    const wait = match && (durationMs(value) ?? secondsOrDate(value, nowMs));
    if (!match || wait === undefined || wait === null) continue;
    const remaining = headers[match[1] ? `x-ratelimit-remaining-${match[1]}` : `${match[2]}-remaining`];
    (remaining === '0' ? usedUp : others).push(wait);
  }
  if (usedUp.length > 0) return Math.max(...usedUp);
  return others.length > 0 ? Math.min(...others) : undefined;
}
