// Virtual keys: who presents one, issuing and revoking them. At rest there is nothing but an HMAC under the pepper.
import { createHmac, createSecretKey } from 'node:crypto';
import type { KeyConfiguration } from '@waybill/config';
import type { KeyIssued, KeyRevoked } from '@waybill/contracts';
import { type EventDraft, type EventReader, events } from '@waybill/event-log';
import { type Clock, eventIdOf, FaultError, fault } from '@waybill/kernel';
import type { Authenticate } from '../ports.ts';
import { emptyKeyBook, goodKey, type KeyBook, type KnownKey, noteIssued, noteKey, noteRevoked } from './key-book.ts';
import { displayPrefix, isMistyped, keyText } from './key-text.ts';

/** All of a gateway's keys are one stream, so that they can be read at the start without the rest of the log. */
export const keyStream = 'virtual-keys';

export interface KeyRingOptions {
  readonly configured: readonly KeyConfiguration[];
  /** Keys the digests. */
  readonly pepper: Buffer;
  readonly events: Pick<EventReader, 'readStream'>;
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
}

export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { clock, append } = options;
  const pepper = createSecretKey(options.pepper);
  const digestOf = (text: string) => createHmac('sha256', pepper).update(text).digest();
  const book = await readBook(options.events);
  for (const configured of options.configured) noteKey(book, configuredKey(configured, digestOf));

  async function record(request: KeyRequest & { readonly keyId: string }, text: string): Promise<KnownKey> {
    if (book.byId.has(request.keyId)) throw conflict(`there is a key ${request.keyId} already; give another id`);
    const issued: KeyIssued = { ...request, digest: digestOf(text), displayPrefix: displayPrefix(text) };
    const occurredAtMicros = clock.nowMicros();
    await append([issuedDraft(issued, occurredAtMicros)]);
    noteIssued(book, issued, occurredAtMicros);
    return book.byId.get(request.keyId)!;
  }

  return {
    async authenticate(presented) {
      const text = presented?.replace(/^bearer\s+/i, '').trim() ?? '';
      if (text === '') return refused(missing);
      const key = goodKey(book, digestOf(text), clock.nowMicros());
      if (key === undefined) return refused(isMistyped(text) ? mistyped : notGood);
      const { keyId, tenantId, projectId } = key;
      return { ok: true, value: { keyId, tenantId, projectId } };
    },
    list: () => [...book.byId.values()],
    async issue(request) {
      const text = keyText(options.random(32));
      return { key: await record({ ...request, keyId: request.keyId ?? options.newId('key') }, text), text };
    },
    record,
    async revoke(keyId, reason) {
      const key = book.byId.get(keyId);
      if (key === undefined) throw new FaultError(fault('not_found', `there is no key ${keyId}`));
      if (key.origin === 'configuration') {
        throw conflict(`the key ${keyId} is in the configuration; take it out there and start again`);
      }
      if (key.isRevoked) return;
      const revoked: KeyRevoked = { keyId, reason };
      await append([revokedDraft(revoked, key.tenantId, clock.nowMicros())]);
      noteRevoked(book, revoked);
    },
  };
}

const missing = 'a virtual key is needed; send it as authorization: Bearer <key>, or as x-api-key';
const mistyped = 'the key is mistyped or incomplete: its checksum is wrong';
const notGood = 'the key is not known, or no longer good';

function refused(message: string) {
  return { ok: false as const, fault: fault('unauthenticated', message) };
}

function conflict(message: string): FaultError {
  return new FaultError(fault('conflict', message));
}

async function readBook(log: Pick<EventReader, 'readStream'>): Promise<KeyBook> {
  const book = emptyKeyBook();
  for (const { envelope } of await log.readStream(keyStream)) {
    if (envelope.type === events.keyIssued.type) {
      noteIssued(book, events.keyIssued.decode(envelope), envelope.occurredAtMicros);
    } else if (envelope.type === events.keyRevoked.type) {
      noteRevoked(book, events.keyRevoked.decode(envelope));
    }
  }
  return book;
}

function configuredKey(
  { id, secret, tenant, project }: KeyConfiguration,
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
