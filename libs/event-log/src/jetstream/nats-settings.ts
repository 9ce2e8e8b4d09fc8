// What has to be known of NATS. Has the shape of the configuration's section, which this package does not import.
import type { Secret } from '@waybill/kernel';

/** Files in PEM; read again for each connection. */
export interface NatsTls {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface NatsSettings {
  /** One or more, such as nats://nats-0:4222. */
  readonly urls: readonly string[];
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  /** Path of a file with an NKey seed and a JWT, read again for each connection; goes before user and password. */
  readonly credentialsFile?: string | undefined;
  readonly tls?: NatsTls | undefined;
  /** Name of the stream. */
  readonly stream: string;
}

export interface StreamSettings extends NatsSettings {
  /** Copies of the stream. */
  readonly replicas: number;
  /** Bound of the stream, bytes. */
  readonly maxBytes: number;
  /** Whether to make the stream when it has never been there. */
  readonly makeStream: boolean;
  /** Whether to insist that the server syncs each write to the disk. */
  readonly requireSync: boolean;
}
