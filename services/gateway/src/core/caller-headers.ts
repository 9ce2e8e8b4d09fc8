// What callers may say about a call besides the call: the same names over HTTP and in gRPC metadata.
import type { Attribution } from '@waybill/contracts';
import { type Fault, fault, int64Max, parseUsd, type Result } from '@waybill/kernel';

/** Whom a call is charged to. */
export interface ChargedTo {
  readonly keyId: string;
  readonly tenantId: string;
  readonly projectId: string;
}

export interface CallerHeaders {
  readonly attribution: Attribution;
  readonly idempotencyKey: string | undefined;
  /** The caller's own bound on the cost of this call. */
  readonly maxCostPicoUsd: bigint | undefined;
}

/** Lower-case names; a header that came twice counts as its first value. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const longest = 255;
const mostTags = 16;
const printable = /^[\x20-\x7e\u00a0-\uffff]*$/;

/**
 * Reads `x-waybill-user`, `-agent-type`, `-run`, `-tags`, `-max-cost-usd` and `idempotency-key`. The user's name is
 * handed to `pseudonymOf`. A value that cannot be used is an `invalid` fault whose detail `field` names the header.
 */
export function readCallerHeaders(
  headers: Headers,
  { keyId, tenantId, projectId }: ChargedTo,
  pseudonymOf: (user: string) => string,
): Result<CallerHeaders> {
  const problems: Fault[] = [];
  const text = (name: string): string => {
    const value = first(headers[name])?.trim() ?? '';
    if (value.length > longest || !printable.test(value)) {
      problems.push(refused(name, `must be at most ${longest} printable characters`));
    }
    return value;
  };
  const tags = tagsOf(first(headers['x-waybill-tags']) ?? '');
  if (tags === undefined) problems.push(refused('x-waybill-tags', `must be at most ${mostTags} tags, by commas`));
  const cost = text('x-waybill-max-cost-usd');
  const maxCostPicoUsd = cost === '' ? undefined : parseUsd(cost);
  if (cost !== '' && (maxCostPicoUsd === undefined || maxCostPicoUsd < 0n || maxCostPicoUsd > int64Max)) {
    problems.push(refused('x-waybill-max-cost-usd', 'must be an amount in USD such as 0.05'));
  }
  const attribution: Attribution = {
    tenantId,
    projectId,
    keyId,
    user: pseudonymOf(text('x-waybill-user')),
    agentType: text('x-waybill-agent-type'),
    runId: text('x-waybill-run'),
    tags: tags ?? [],
  };
  const idempotencyKey = text('idempotency-key') || undefined;
  const [problem] = problems;
  return problem ? { ok: false, fault: problem } : { ok: true, value: { attribution, idempotencyKey, maxCostPicoUsd } };
}

function tagsOf(value: string): string[] | undefined {
  const tags = value
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const isGood = tags.length <= mostTags && tags.every((tag) => tag.length <= longest && printable.test(tag));
  return isGood ? tags : undefined;
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}

function refused(field: string, why: string): Fault {
  return fault('invalid', `the header ${field} ${why}`, { details: { field } });
}
