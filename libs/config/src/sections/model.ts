import type { PriceRow } from '@waybill/contracts';

/** What a model can do, in the words of the selector. */
export type Capability =
  | 'chat'
  | 'streaming'
  | 'tools'
  | 'vision'
  | 'documents'
  | 'audio'
  | 'json_schema'
  | 'reasoning'
  | 'embeddings';

export interface ModelConfiguration {
  /** The name callers and routes use. */
  readonly id: string;
  /** Id of a provider. */
  readonly provider: string;
  /** Its name at the provider; default: the id. */
  readonly upstreamModel: string;
  readonly capabilities: readonly Capability[];
  /** Tokens that prompt and answer may have together. */
  readonly contextWindow: number;
  /** Bounds the hold of a call that names no cap of its own; tokens. */
  readonly maxOutputTokens: number;
  /** No two rows hold at the same time; one row with `free` set for `prices: free`. */
  readonly prices: readonly PriceRow[];
  /** Default true. */
  readonly enabled: boolean;
  /** What to expect before anything was measured; milliseconds. */
  readonly averageResponseTimeMs: number | undefined;
}
