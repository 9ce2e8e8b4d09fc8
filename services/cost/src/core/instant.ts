import type { Micros } from '@waybill/kernel';

const pattern = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads an ISO 8601 date (its first moment in UTC) or a date with time and offset, to the microsecond. Undefined when
 * it is neither.
 */
export function readInstant(text: string): Micros | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, day, time = '00:00:00', fraction = '', offset = 'Z'] = match;
  const milliseconds = Date.parse(`${day}T${time}${offset}`);
  const exists = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || !exists.toISOString().startsWith(day!)) return undefined;
  return BigInt(milliseconds) * 1_000n + BigInt(fraction.padEnd(6, '0'));
}
