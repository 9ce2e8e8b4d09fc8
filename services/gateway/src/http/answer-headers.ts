// The headers that tell how a call went.
import type { CallSummary, Warning } from '@waybill/contracts';
import { type Fault, formatUsd } from '@waybill/kernel';
import type { ConductedCall } from '../conduct.ts';
import { wordsOf } from '../dialects/faults.ts';

/** Longer waits are not worth a client's own retry. */
const longestRetryMs = 60_000;
const longestWarnings = 1_000;

type Headers = Record<string, string>;

/** What is known when an answer begins, and with the summary what is known at its end. */
export function answerHeaders(call: ConductedCall, warnings: readonly Warning[], summary?: CallSummary): Headers {
  const headers: Headers = {
    'x-waybill-call-id': call.callId,
    'x-waybill-model': call.modelId,
    'x-waybill-provider': call.providerId,
    'x-waybill-attempts': String(call.attempts),
    'x-waybill-overhead-ms': (call.overheadMicros() / 1_000).toFixed(3),
  };
  if (summary?.costPicoUsd !== undefined) headers['x-waybill-cost-usd'] = formatUsd(summary.costPicoUsd);
  if (call.simulated) headers['x-waybill-simulated'] = 'true';
  if (call.warnings.some(({ code }) => code === 'replayed')) headers['x-waybill-replayed'] = 'true';
  if (call.repeated) headers['x-waybill-repeated'] = 'true';
  if (warnings.length > 0) headers['x-waybill-warnings'] = warningsText(warnings);
  return headers;
}

/** What a client may act on when its call did not work. */
export function faultHeaders(fault: Fault): Headers {
  const { details, retryAfterMs } = fault;
  const headers: Headers = {};
  if (details.call_id !== undefined) headers['x-waybill-call-id'] = headerText(details.call_id);
  if (details.limit !== undefined) headers['x-waybill-limit'] = headerText(details.limit);
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  if (!isWorthRetry(fault)) headers['x-should-retry'] = 'false';
  return headers;
}

/** OpenAI's and Anthropic's clients try again by themselves, even where that cannot help, unless they are told not to. */
function isWorthRetry(fault: Fault): boolean {
  const { retryable } = wordsOf(fault);
  if (fault.kind !== 'limited') return retryable;
  return retryable && fault.retryAfterMs !== undefined && fault.retryAfterMs <= longestRetryMs;
}

export function warningsText(warnings: readonly Warning[]): string {
  const text = warnings.map(({ subject, message }) => `${subject} ${message}`).join('; ');
  return headerText(text).slice(0, longestWarnings);
}

/** Headers are ASCII, and one line. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
