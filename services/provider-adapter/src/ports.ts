// What the attempt needs of the world.
import type { OfflineConfiguration, ProviderTimeouts, TenantKeysUse } from '@waybill/config';
import type { Secret } from '@waybill/kernel';
import type { HttpHeaders, ProviderCodec, Wire } from '@waybill/providers';
import type { AttemptRecord, Recording } from './core/recording.ts';
import type { Server } from './engine/peer.ts';
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
  /** At least one; of a provider that needs none, one without a secret; of a tenant's own target, that one alone. */
  readonly keys: readonly TargetKey[];
  /** Id of the tenant's own key that it is asked by; empty for the shared ones. */
  readonly tenantKeyId: string;
  readonly tenantKeys: TenantKeysUse;
  /** Undefined where it is not to be asked for anything but answers. */
  readonly healthCheck: { readonly everyMs: number } | undefined;
  readonly timeouts: ProviderTimeouts;
  readonly simulated: boolean;
  /** Where it is, as traces name it. */
  readonly server: Server;
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

/** A tenant's own key of a provider as it is stored: encrypted by a data key that is encrypted itself. */
export interface SealedKey {
  readonly keyId: string;
  readonly tenantId: string;
  readonly providerId: string;
  /** Empty for the provider's configured address. */
  readonly baseUrl: string;
  /** From 1; grows with each replacement of the key. */
  readonly version: number;
  readonly sealed: Uint8Array;
  readonly wrapped: WrappedKey;
  readonly storedAtMicros: bigint;
  readonly wrappedAtMicros: bigint;
}

/** A data key under a key-encryption key. */
export interface WrappedKey {
  /** Which one, such as keyring:1. */
  readonly by: string;
  readonly bytes: Uint8Array;
}

/** Stores sealed keys, one for each tenant and provider. Throws a FaultError `unavailable` when it cannot be used. */
export interface SealedKeys {
  /** Grows with each change, whoever makes it. */
  revision(): Promise<bigint>;
  all(): Promise<readonly SealedKey[]>;
  /** False when there is one of the same tenant and provider, or of the same id. */
  add(key: SealedKey): Promise<boolean>;
  /** False, with nothing changed, when what is stored is no longer `before`. */
  replace(before: SealedKey, key: SealedKey): Promise<boolean>;
  /** The same. */
  remove(before: SealedKey): Promise<boolean>;
  close(): Promise<void>;
}

/** What a data key is for: whoever unwraps it has to say the same. */
export interface WrapContext {
  readonly tenant: string;
  readonly provider: string;
  readonly purpose: 'provider-key';
}

/**
 * Keeps key-encryption keys, which never leave it. Throws a FaultError that says what to mend, `forbidden` when a data key
 * was not wrapped by it for this context.
 */
export interface KeyEncryption {
  /** Under the newest key. */
  wrap(dataKey: Uint8Array, context: WrapContext): Promise<WrappedKey>;
  /** Under whichever key it was. */
  unwrap(wrapped: WrappedKey, context: WrapContext): Promise<Buffer>;
  /** Makes a new key, which wraps from then on. Throws a FaultError `invalid` where that is done elsewhere. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** What a sealed key is bound to: with any of it changed, it no longer opens. */
export type KeyBinding = Pick<SealedKey, 'keyId' | 'tenantId' | 'providerId' | 'baseUrl' | 'version'>;

/** Seals and opens keys by envelope encryption. Throws FaultErrors as the key encryption does. */
export interface Envelope {
  seal(secret: Secret, binding: KeyBinding): Promise<Pick<SealedKey, 'sealed' | 'wrapped'>>;
  /** Throws a FaultError `forbidden` when it is not as it was stored. */
  open(key: SealedKey): Promise<Secret>;
  /** Its data key under the newest key-encryption key; what that one encrypts is not touched. */
  rewrap(key: SealedKey): Promise<WrappedKey>;
  /** Id of the key-encryption key that wraps now. */
  newestKey(): Promise<string>;
  renew(): Promise<void>;
  close(): Promise<void>;
}
