// What the gateway needs from the world, besides the log and its neighbours' RPCs.
import type {
  Call,
  CallSummary,
  EvaluatorServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  ReplyPart,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';

/** The services that a call passes through. */
export interface Neighbours {
  readonly selector: Client<SelectorServiceDefinition>;
  readonly limits: Client<LimitServiceDefinition>;
  readonly providers: Client<ProviderServiceDefinition>;
  readonly evaluator: Client<EvaluatorServiceDefinition>;
}

/** Whom a virtual key stands for. */
export interface Principal {
  readonly keyId: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** Whether it may see to its tenant's own keys of providers; undefined: no. */
  readonly managesProviderKeys?: true | undefined;
}

/** Says who calls, by the virtual key as it was presented; `unauthenticated` when it is not good. */
export type Authenticate = (presented: string | undefined) => Promise<Result<Principal>>;

/** Keyed digests: what is stored of a call says nothing about its text to those without the key. */
export interface Digests {
  /** HMAC-SHA-256 of the canonical call under the tenant's key. */
  ofCall(tenantId: string, call: Call): Buffer;
  /** The same of a caller's idempotency key, in hexadecimal. */
  ofIdempotencyKey(tenantId: string, key: string): string;
  /** A caller's name for its user, as the pseudonym that may be stored; empty stays empty. */
  ofUser(tenantId: string, user: string): string;
}

/** Keeps bytes under names of 64 hexadecimal digits, encrypted, within bounds of time and size. */
export interface SealedStore {
  /** Undefined when nothing is kept, or no longer, or it cannot be read. */
  load(name: string): Promise<Buffer | undefined>;
  /** False when it is too large to be kept. */
  save(name: string, plain: Buffer): Promise<boolean>;
  remove(name: string): Promise<void>;
}

/** An answer kept for repeats. */
export interface KeptAnswer {
  readonly requestDigest: Buffer;
  readonly parts: readonly ReplyPart[];
  readonly summary: CallSummary;
}

/** Whose an answer is to make. */
export type AnswerClaim =
  | { readonly isOurs: true; release(): Promise<void> }
  /** Somebody else's, until that one has released it or is gone; the digest is that of its request. */
  | { readonly isOurs: false; readonly requestDigest: Buffer };

/**
 * Keeps answers under the digest of their idempotency key, encrypted, within bounds of time and size. Throws a FaultError
 * `unavailable` when it cannot be used.
 */
export interface AnswerStore {
  /** Undefined when nothing is kept, or no longer, or it cannot be read. */
  load(keyDigest: string): Promise<KeptAnswer | undefined>;
  /** One that is too large is not kept. */
  save(keyDigest: string, answer: KeptAnswer): Promise<void>;
  /** Of all who share the store one has a key at a time. */
  claim(keyDigest: string, requestDigest: Buffer): Promise<AnswerClaim>;
}

/** The numbered points of a journey, as they are logged. */
export type JourneyStep =
  | 'received'
  | 'ranked'
  | 'admitted'
  | 'first_commit_done'
  | 'provider_called'
  | 'first_part'
  | 'part'
  | 'provider_ended'
  | 'second_commit_done'
  | 'last_byte'
  | 'settled';

/** The same of a batch. */
export type BatchStepName =
  | 'batch_admitted'
  | 'batch_opened'
  | 'batch_submitting'
  | 'batch_sent'
  | 'batch_submitted'
  | 'batch_read'
  | 'batch_entries_ended'
  | 'batch_settled'
  | 'batch_ended';

/** Told of each point as a call or a batch reaches it. */
export type Steps = (step: JourneyStep | BatchStepName, id: string) => void;

/** How long a call took. */
export interface CallTimes {
  /** In Waybill alone, microseconds. */
  ownMicros(): number;
  elapsedMs(): number;
}

/** Ids as configured. */
export interface AttemptLabels {
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
}

/** What an attempt stands at on the books. */
export interface BookedAttempt {
  readonly rating: { readonly amountPicoUsd: bigint } | undefined;
  readonly uncertainPicoUsd: bigint;
  readonly overrunPicoUsd: bigint;
}

/** What is counted. */
export interface Meters {
  callOver(outcome: string, stopwatch: CallTimes): void;
  /** By the kind of limit that stood in the way, else by the kind of fault. */
  callRefused(reason: string): void;
  attemptOver(attempt: AttemptLabels, booked: BookedAttempt): void;
  /** Something that a neighbour did not hear of. */
  notHeard(neighbour: string): void;
}
