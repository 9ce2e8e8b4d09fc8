import { flag, milliseconds, port, section, text, wholeNumber } from '../reading/fields.ts';

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
  /** Certificate for clients, HTTP and gRPC alike; undefined: plain text. */
  readonly tls: ServerTlsConfiguration | undefined;
  /** Plain text on other addresses than loopback, as behind a proxy that ends TLS; default false. */
  readonly plainText: boolean;
  /**
   * Absolute path of the file with the secret that digests of virtual keys, pseudonyms and kept answers are keyed from,
   * 32 bytes in base64url; the same for all replicas. Undefined: `gateway.secret` in the data folder, made if need be.
   */
  readonly secretFile: string | undefined;
}

/** Files in PEM, read again when they change. Clients show no certificate: they have virtual keys. */
export interface ServerTlsConfiguration {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** How long the answers to calls with an `idempotency-key` are kept. */
export interface IdempotencyConfiguration {
  /** Default 86,400,000 (a day). */
  readonly retentionMs: number;
  /** All kept answers together; the oldest go first. Default 268,435,456. */
  readonly maxBytes: number;
}

const idempotency = section({
  retention_ms: wholeNumber({ least: 0, unit: 'milliseconds' }).default(86_400_000),
  max_bytes: wholeNumber({ least: 0, unit: 'bytes' }).default(268_435_456),
}).transform((given): IdempotencyConfiguration => ({ retentionMs: given.retention_ms, maxBytes: given.max_bytes }));

const serverTls = section({ certificate_file: text, key_file: text }).transform(
  (given): ServerTlsConfiguration => ({ certificateFile: given.certificate_file, keyFile: given.key_file }),
);

export const serverSection = section({
  host: text.default('127.0.0.1'),
  http_port: port.default(8080),
  grpc_port: port.default(50051),
  max_body_bytes: wholeNumber({ least: 1024, most: 2 ** 30, unit: 'bytes' }).default(10_485_760),
  grace_ms: milliseconds.default(30_000),
  idempotency: idempotency.prefault({}),
  tls: serverTls.optional(),
  plain_text: flag.default(false),
  secret_file: text.optional(),
}).transform(
  (given): ServerConfiguration => ({
    host: given.host,
    httpPort: given.http_port,
    grpcPort: given.grpc_port,
    maxBodyBytes: given.max_body_bytes,
    graceMs: given.grace_ms,
    idempotency: given.idempotency,
    tls: given.tls,
    plainText: given.plain_text,
    secretFile: given.secret_file,
  }),
);

/** Whether only programs on this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
