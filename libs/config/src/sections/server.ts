export interface ServerConfiguration {
  /** Address to listen on; default 127.0.0.1. */
  readonly host: string;
  /** Default 8080; 0 takes any free one. */
  readonly httpPort: number;
  /** Default 50051; 0 takes any free one. */
  readonly grpcPort: number;
  /** The largest request body; default 10,485,760. */
  readonly maxBodyBytes: number;
  /** How long a stop waits for running calls; default 30,000. */
  readonly graceMs: number;
  readonly idempotency: IdempotencyConfiguration;
}

/** How long the answers to calls with an `idempotency-key` are kept. */
export interface IdempotencyConfiguration {
  /** Default 86,400,000 (a day). */
  readonly retentionMs: number;
  /** All kept answers together; the oldest go first. Default 268,435,456. */
  readonly maxBytes: number;
}
