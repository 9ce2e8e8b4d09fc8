import type { Micros } from '@waybill/kernel';
import type { Report } from './problem.ts';

const instantPattern = /^\d{4}-\d{2}-\d{2}(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(?:Z|z|[+-]\d{2}:\d{2}))?$/;

/** A UTC date, or a time that names its zone -> microseconds. */
export function readInstant(input: unknown, path: string, report: Report): Micros | undefined {
  const text = typeof input === 'string' ? input.trim() : '';
  const milliseconds = instantPattern.test(text) ? Date.parse(text.replace(' ', 'T').toUpperCase()) : Number.NaN;
  if (Number.isNaN(milliseconds) || !isOnCalendar(text.slice(0, 10))) {
    report(path, `${JSON.stringify(input)} is no time; give a UTC date such as 2026-10-07, or 2026-10-07T12:00:00Z`);
    return undefined;
  }
  return BigInt(milliseconds) * 1000n;
}

/** Date.parse takes 31 February for 3 March. */
function isOnCalendar(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
