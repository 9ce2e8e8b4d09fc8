// What HTTP callers say in headers besides what they may say everywhere (core/caller-headers.ts).
import type { IncomingHttpHeaders } from 'node:http';
import type { Warning } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';

/** The key as it was presented, by OpenAI's clients or by Anthropic's. */
export function presentedKey({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  return authorization ?? (typeof apiKey === 'string' ? apiKey : undefined);
}

/** The caller's trace context. */
export function traceHeadersOf({ traceparent, tracestate }: IncomingHttpHeaders): Readonly<Record<string, string>> {
  if (typeof traceparent !== 'string') return {};
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}

/** Throws a FaultError `invalid` unless an idempotency key that was sent is 1 to 255 visible ASCII characters. */
export function checkIdempotencyKey({ 'idempotency-key': sent }: IncomingHttpHeaders): void {
  if (sent === undefined || (typeof sent === 'string' && /^[\x21-\x7e]{1,255}$/.test(sent))) return;
  throw wrong('idempotency-key', 'give 1 to 255 visible ASCII characters');
}

/** Calls do not wait in a queue yet: what belongs to one is checked, and a warning says that it does nothing. */
export function warnOfQueueHeaders(headers: IncomingHttpHeaders): Warning[] {
  const warnings: Warning[] = [];
  for (const header of ['x-waybill-priority', 'x-waybill-max-wait-ms']) {
    const sent = headers[header];
    if (sent === undefined) continue;
    if (typeof sent !== 'string' || !/^\d{1,9}$/.test(sent)) throw wrong(header, 'give a whole number');
    warnings.push({ code: 'unsupported', subject: header, message: 'was ignored: calls do not wait in a queue' });
  }
  return warnings;
}

function wrong(header: string, allowed: string): FaultError {
  const details = { field: header, reason: 'invalid_value' };
  return new FaultError(fault('invalid', `the header ${header} is wrong; ${allowed}`, { details }));
}
