import type { CallOptions } from './options.ts';

/** What travels beside a call, in the names the gateway takes. */
export function metadataOf(options: CallOptions, key: string | undefined): Record<string, string> {
  const { attribution = {} } = options;
  const entries: ReadonlyArray<readonly [string, string | undefined]> = [
    ...Object.entries(options.metadata ?? {}),
    ['authorization', key === undefined ? undefined : `Bearer ${key}`],
    ['idempotency-key', options.idempotencyKey],
    ['x-waybill-user', attribution.user],
    ['x-waybill-agent-type', attribution.agentType],
    ['x-waybill-run', attribution.run],
    ['x-waybill-tags', attribution.tags?.join(',')],
    ['x-waybill-max-cost-usd', options.maxCostUsd],
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
