// Virtual keys: who presents one, issuing and revoking them. At rest there is nothing but an HMAC under the pepper.
import { createHmac, createSecretKey } from 'node:crypto';
import type { KeyConfiguration } from '@waybill/config';
import type { KeyIssued, KeyRevoked } from '@waybill/contracts';
import { type EventDraft, type EventReader, events, type Position } from '@waybill/event-log';
import { type Clock, eventIdOf, type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Authenticate } from '../ports.ts';
import { followKeys, keyStream, noteEvent } from './follow-keys.ts';
import { emptyKeyBook, goodKey, type KnownKey, noteIssued, noteKey, noteRevoked } from './key-book.ts';
import { displayPrefix, isMistyped, keyText } from './key-text.ts';

export interface KeyRingOptions {
  readonly configured: readonly KeyConfiguration[];
  /** Keys the digests. */
  readonly pepper: Buffer;
  readonly events: Pick<EventReader, 'readStream' | 'subscribe'>;
  /** A place in the log that it had reached before: from here on it is followed. */
  readonly from: Position;
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** The log cannot be followed for the moment: keys of other gateways are not heard of. */
  onFailed(because: Fault): void;
  /** Resolves when the events are durable. */
  append(drafts: readonly EventDraft[]): Promise<unknown>;
  readonly clock: Clock;
  newId(prefix: string): string;
  random(byteCount: number): Uint8Array;
}

/** What a new key is for. */
export interface KeyRequest {
  /** Made up when absent. */
  readonly keyId?: string | undefined;
  readonly tenantId: string;
  readonly projectId: string;
  readonly expiresAtMicros?: bigint | undefined;
  /** Default false. */
  readonly managesProviderKeys?: boolean | undefined;
}

export interface IssuedKey {
  readonly key: KnownKey;
  /** The secret: shown once, kept nowhere. */
  readonly text: string;
}

export interface KeyRing {
  readonly authenticate: Authenticate;
  list(): readonly KnownKey[];
  /** Durable before it resolves. Throws a FaultError `conflict` when there is a key with this id. */
  issue(request: KeyRequest): Promise<IssuedKey>;
  /** Records a key whose text is known already, such as the first one. */
  record(request: KeyRequest & { readonly keyId: string }, text: string): Promise<KnownKey>;
  /** Durable before it resolves. Throws a FaultError `not_found`, or `conflict` for a key of the configuration. */
  revoke(keyId: string, reason: string): Promise<void>;
  /** Reads what other gateways have issued and revoked, for when that cannot wait until it is heard of. */
  refresh(): Promise<void>;
}

export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { clock, append } = options;
  const pepper = createSecretKey(options.pepper);
  const digestOf = (text: string) => createHmac('sha256', pepper).update(text).digest();
  const book = emptyKeyBook();
  for (const configured of options.configured) noteKey(book, configuredKey(configured, digestOf));

  async function refresh(): Promise<void> {
    for (const event of await options.events.readStream(keyStream)) noteEvent(book, event);
  }

  async function record(request: KeyRequest & { readonly keyId: string }, text: string): Promise<KnownKey> {
    if (book.byId.has(request.keyId)) throw idTaken(request.keyId);
    const { managesProviderKeys = false } = request;
    const shown = { digest: digestOf(text), displayPrefix: displayPrefix(text) };
    const issued: KeyIssued = { ...request, ...shown, managesProviderKeys };
    const occurredAtMicros = clock.nowMicros();
    await append([issuedDraft(issued, occurredAtMicros)]).catch((thrown: unknown) => {
      throw isWrittenAlready(thrown) ? idTaken(request.keyId) : thrown;
    });
    noteIssued(book, issued, occurredAtMicros);
    return book.byId.get(request.keyId)!;
  }

  await refresh();
  followKeys(book, options);

  return {
    async authenticate(presented) {
      const text = presented?.replace(/^bearer\s+/i, '').trim() ?? '';
      if (text === '') return refused(missing);
      const key = goodKey(book, digestOf(text), clock.nowMicros());
      if (key === undefined) return refused(isMistyped(text) ? mistyped : notGood);
      const { keyId, tenantId, projectId } = key;
      const managesProviderKeys = key.managesProviderKeys || undefined;
      return { ok: true, value: { keyId, tenantId, projectId, managesProviderKeys } };
    },
    list: () => [...book.byId.values()],
    async issue(request) {
      const text = keyText(options.random(32));
      return { key: await record({ ...request, keyId: request.keyId ?? options.newId('key') }, text), text };
    },
    record,
    async revoke(keyId, reason) {
      if (!book.byId.has(keyId)) await refresh();
      const key = book.byId.get(keyId);
      if (key === undefined) throw new FaultError(fault('not_found', `there is no key ${keyId}`));
      if (key.origin === 'configuration') {
        throw conflict(`the key ${keyId} is in the configuration; take it out there and start again`);
      }
      if (key.isRevoked) return;
      const revoked: KeyRevoked = { keyId, reason };
      await append([revokedDraft(revoked, key.tenantId, clock.nowMicros())]).catch((thrown: unknown) => {
        if (!isWrittenAlready(thrown)) throw thrown;
      });
      noteRevoked(book, revoked);
    },
    refresh,
  };
}

const missing = 'a virtual key is needed; send it as authorization: Bearer <key>, or as x-api-key';
const mistyped = 'the key is mistyped or incomplete: its checksum is wrong';
const notGood = 'the key is not known, or no longer good';

function refused(message: string) {
  return { ok: false as const, fault: fault('unauthenticated', message) };
}

/** Another gateway has written the same fact first. */
function isWrittenAlready(thrown: unknown): boolean {
  return faultOf(thrown).details.reason === 'other_content';
}

function idTaken(keyId: string): FaultError {
  return conflict(`there is a key ${keyId} already; give another id`);
}

function conflict(message: string): FaultError {
  return new FaultError(fault('conflict', message));
}

function configuredKey(
  { id, secret, tenant, project, managesProviderKeys }: KeyConfiguration,
  digestOf: (text: string) => Buffer,
): KnownKey {
  return {
    keyId: id,
    tenantId: tenant,
    projectId: project,
    digest: digestOf(secret.reveal()),
    displayPrefix: displayPrefix(secret.reveal()),
    origin: 'configuration',
    issuedAtMicros: undefined,
    expiresAtMicros: undefined,
    isRevoked: false,
    managesProviderKeys: managesProviderKeys ?? false,
  };
}

function issuedDraft(payload: KeyIssued, occurredAtMicros: bigint): EventDraft {
  const eventId = eventIdOf(`key/${payload.keyId}`, 'issued');
  const { keyId: correlationId, tenantId } = payload;
  return events.keyIssued.draft({ eventId, tenantId, streamId: keyStream, correlationId, occurredAtMicros, payload });
}

function revokedDraft(payload: KeyRevoked, tenantId: string, occurredAtMicros: bigint): EventDraft {
  const eventId = eventIdOf(`key/${payload.keyId}`, 'revoked');
  const correlationId = payload.keyId;
  return events.keyRevoked.draft({ eventId, tenantId, streamId: keyStream, correlationId, occurredAtMicros, payload });
}
