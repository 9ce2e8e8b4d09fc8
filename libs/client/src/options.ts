import type { CallSummary, Reply } from '@waybill/contracts';

export interface WaybillClientOptions {
  /** Where the gateway is: host:port, unix:/path, or dns:///name:port for all addresses of a name; several share the calls. */
  readonly address: string | readonly string[];
  /** The virtual key; a gateway on loopback without keys needs none. */
  readonly key?: string;
  /** Needed for every address off this machine, as the key would go in the clear. */
  readonly tls?: TlsOptions;
  /** How long a call may take, all its tries and waits together, milliseconds; 120,000 unless told otherwise. */
  readonly timeoutMs?: number;
}

/** What is left out is the system's: its authorities, and no certificate of the caller. PEM. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array;
  readonly certificate?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** In place of the client's. */
  readonly timeoutMs?: number;
  /** A call with the same key and content is answered once: a repeat gets the same answer, and costs nothing. */
  readonly idempotencyKey?: string;
  /** Whether to wait and try again when a limit is reached that says when it has room; else that is a fault. */
  readonly waitForLimits?: boolean;
  /** What the call is for, as the books shall have it. */
  readonly attribution?: Attribution;
  /** Refuses the call if it could cost more, USD, such as '0.05'. */
  readonly maxCostUsd?: string;
  /** Further metadata, such as a traceparent. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface EstimateOptions extends CallOptions {
  /** How long the answer is likely to be, tokens; default: as long as it may be. */
  readonly expectedOutputTokens?: number;
}

export interface Attribution {
  /** The books hold a pseudonym of it. */
  readonly user?: string;
  readonly agentType?: string;
  /** Calls of one run of an agent. */
  readonly run?: string;
  readonly tags?: readonly string[];
}

/** A whole answer. */
export interface Answer {
  readonly reply: Reply;
  readonly summary: CallSummary;
}
