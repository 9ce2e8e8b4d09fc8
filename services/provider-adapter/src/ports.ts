// What the attempt needs of the world.
import type { OfflineConfiguration, ProviderTimeouts } from '@waybill/config';
import type { Secret } from '@waybill/kernel';
import type { HttpHeaders, ProviderCodec, Wire } from '@waybill/providers';
import type { AttemptRecord, Recording } from './core/recording.ts';
import type { Connection } from './engine/send.ts';

/** A provider ready to be called. */
export interface Target {
  readonly providerId: string;
  readonly codec: ProviderCodec;
  /** Path of the base URL, put before the codec's own. */
  readonly basePath: string;
  readonly connection: Connection;
  /** Of what is asked for with it; one of its keys. */
  readonly credential: Secret | undefined;
  /** At least one; of a provider that needs none, one without a secret. */
  readonly keys: readonly TargetKey[];
  /** Undefined where it is not to be asked for anything but answers. */
  readonly healthCheck: { readonly everyMs: number } | undefined;
  readonly timeouts: ProviderTimeouts;
  readonly simulated: boolean;
  /** Where it is, as traces name it. */
  readonly server: { readonly address: string; readonly port: number };
  /** The label that its attempts are recorded with, where it has one. */
  versionLabel?(nowMicros: bigint): string;
  /** The endpoint that one of its models is configured for. */
  wireOf(modelId: string): Wire | undefined;
  /** Headers besides the codec's, for this attempt. */
  extraHeaders(attemptId: string): HttpHeaders;
}

/** One of a provider's keys. */
export interface TargetKey {
  /** Empty where it is the only one. */
  readonly id: string;
  readonly secret: Secret | undefined;
  readonly weight: number;
}

/** Names as the conventions have them. */
export interface AttemptLabels {
  readonly operation: string;
  readonly provider: string;
  /** As it is asked for upstream. */
  readonly model: string;
}

export interface MeasuredAttempt {
  /** Undefined when it went well. */
  readonly errorKind: string | undefined;
  readonly seconds: number;
  /** Of a streamed answer that had begun. */
  readonly secondsToFirstPart: number | undefined;
  /** As the provider reported them, if it did. */
  readonly tokens: { readonly input: number; readonly output: number } | undefined;
}

/** What is measured. */
export interface Meters {
  attemptOver(labels: AttemptLabels, measured: MeasuredAttempt): void;
}

export type OfflineMode = OfflineConfiguration['mode'];

/** Exchanges with providers that were kept. Throws a FaultError that names the file which cannot be read or written. */
export interface Recordings {
  /** Where they are, for people. */
  readonly place: string;
  /** Undefined when there is none of that request. */
  load(key: string): Promise<Recording | undefined>;
  /** Takes the place of an earlier one of the same request. */
  save(recording: Recording): Promise<void>;
  /** Which recording an attempt made or used; undefined when none. */
  ofAttempt(attemptId: string): Promise<AttemptRecord | undefined>;
  note(record: AttemptRecord): Promise<void>;
}
