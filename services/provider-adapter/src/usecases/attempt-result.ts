import type { AttemptResult } from '@waybill/contracts';
import { faultToMessage } from '@waybill/rpc';
import type { AttemptFault } from '../core/outcome.ts';
import type { Progress } from '../core/progress.ts';

/** Everything that is known of an attempt once it is over. */
export interface AttemptEnd {
  readonly fault: AttemptFault | undefined;
  readonly progress: Progress;
  readonly answered: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** Of a recording. */
    readonly recordedAt?: string | undefined;
  };
  readonly rawUsage: string;
  /** Empty for the shared key. */
  readonly tenantKeyId?: string;
  readonly firstByteMs: number;
  /** When its first parts came, milliseconds; undefined when none did. */
  readonly firstPartMs?: number | undefined;
  readonly totalMs: number;
  /** Where the provider's attempts are labelled. */
  readonly versionLabel?: string | undefined;
}

/** How the model and its provider's keys stand after an attempt. */
export type Standing = Pick<AttemptResult, 'retryNow' | 'setAsideMs'>;

const standsWell: Standing = { retryNow: false, setAsideMs: 0 };

/** The result as it goes to the gateway. */
export function resultOf(end: AttemptEnd, standing: Standing = standsWell): AttemptResult {
  const { fault, progress, answered } = end;
  const replayed = answered.recordedAt !== undefined;
  return {
    fault: fault && faultToMessage(fault),
    usage: progress.usage,
    rawUsage: Buffer.from(end.rawUsage),
    finish: fault === undefined ? progress.finish : undefined,
    providerRequestId: requestIdIn(answered.headers),
    reportedModel: progress.reportedModel,
    httpStatus: answered.status,
    timings: { connectMs: 0, firstByteMs: end.firstByteMs, totalMs: end.totalMs },
    mayHaveBilled: !replayed && (fault === undefined || fault.mayHaveBilled),
    providerAtFault: fault?.providerAtFault ?? false,
    retrySame: fault?.retrySame ?? false,
    retryOther: fault?.retryOther ?? false,
    warnings: progress.warnings,
    outputBytes: BigInt(progress.outputBytes + (fault === undefined ? 0 : progress.unreadBytes)),
    replayed,
    versionLabel: end.versionLabel ?? '',
    tenantKeyId: end.tenantKeyId ?? '',
    ...standing,
  };
}

const requestIdHeaders = ['x-request-id', 'request-id', 'apim-request-id', 'x-goog-request-id', 'x-debug-trace-id'];

function requestIdIn(headers: Readonly<Record<string, string>>): string {
  const name = requestIdHeaders.find((header) => headers[header] !== undefined);
  return name === undefined ? '' : (headers[name] ?? '').slice(0, 200);
}
