// Storing, replacing and removing the keys of tenants. The event is durable before the act takes effect: an act that fails
// afterwards is on the books as well, and none is that is not.
import { type EventDraft, events } from '@waybill/event-log';
import { type Clock, eventIdOf, FaultError, fault, type Result, Secret } from '@waybill/kernel';
import { faultOfSecret } from '../core/tenant-key.ts';
import type { Envelope, KeyBinding, SealedKey, SealedKeys } from '../ports.ts';
import type { TenantKeyBook } from './tenant-key-book.ts';

export interface AdministrationWorld {
  readonly store: SealedKeys;
  readonly book: TenantKeyBook;
  readonly envelope: Envelope;
  readonly clock: Clock;
  newId(prefix: string): string;
  append(drafts: readonly EventDraft[]): Promise<unknown>;
  /** Why tenants may have no key of their own at this provider; undefined when they may. */
  refuseProvider(providerId: string): FaultError | undefined;
  /** Whether an address may be a tenant's own; the reason, if not. */
  readAddress(baseUrl: string): Result<unknown>;
}

export interface KeyToStore {
  readonly tenantId: string;
  readonly providerId: string;
  readonly secret: string;
  readonly baseUrl: string;
  readonly actor: string;
}

export interface KeyToReplace {
  readonly keyId: string;
  /** Empty: whichever tenant's it is. */
  readonly tenantId: string;
  readonly secret: string;
  readonly actor: string;
}

export interface KeyToRemove {
  readonly keyId: string;
  readonly tenantId: string;
  readonly reason: string;
  readonly actor: string;
}

/** Throws a FaultError `conflict` when the tenant has a key at this provider, `invalid` for what cannot be stored. */
export async function storeTenantKey(world: AdministrationWorld, request: KeyToStore): Promise<SealedKey> {
  const { tenantId, providerId, baseUrl, actor } = request;
  const { book, store, newId } = world;
  const refused = world.refuseProvider(providerId);
  if (refused) throw refused;
  const secret = goodSecret(request.secret);
  const address = baseUrl === '' ? undefined : world.readAddress(baseUrl);
  if (address?.ok === false) throw new FaultError(address.fault);
  await book.refresh();
  const before = book.of(tenantId, providerId);
  if (before) throw taken(before);
  const key = await sealed(world, secret, { keyId: newId('pk'), tenantId, providerId, baseUrl, version: 1 });
  await world.append([storedDraft(world, key, actor)]);
  const isAdded = await store.add(key);
  await book.refresh();
  if (!isAdded) throw taken(book.of(tenantId, providerId) ?? key);
  return key;
}

/** Throws a FaultError `not_found`, or `conflict` when somebody else changes it at the same time. */
export async function replaceTenantKey(world: AdministrationWorld, request: KeyToReplace): Promise<SealedKey> {
  const before = await find(world, request);
  const secret = goodSecret(request.secret);
  const key = await sealed(world, secret, { ...before, version: before.version + 1 });
  await world.append([storedDraft(world, key, request.actor)]);
  await changed(world, before, await world.store.replace(before, key));
  return key;
}

/** The same. */
export async function removeTenantKey(world: AdministrationWorld, request: KeyToRemove): Promise<void> {
  const before = await find(world, request);
  await world.append([removedDraft(world, before, request)]);
  await changed(world, before, await world.store.remove(before));
}

async function find({ book }: AdministrationWorld, { keyId, tenantId }: Pick<KeyToRemove, 'keyId' | 'tenantId'>) {
  await book.refresh();
  const key = book.byId(keyId);
  if (key !== undefined && (tenantId === '' || key.tenantId === tenantId)) return key;
  throw new FaultError(fault('not_found', `there is no stored key ${keyId}`));
}

async function changed({ book }: AdministrationWorld, { keyId }: SealedKey, isDone: boolean): Promise<void> {
  await book.refresh();
  if (!isDone) throw conflict(`the key ${keyId} was changed at the same time; look at it, and try again`);
}

function goodSecret(text: string): Secret {
  const refused = faultOfSecret(text);
  if (refused) throw new FaultError(refused);
  return new Secret(text);
}

async function sealed(
  { envelope, clock }: AdministrationWorld,
  secret: Secret,
  binding: KeyBinding,
): Promise<SealedKey> {
  const { keyId, tenantId, providerId, baseUrl, version } = binding;
  const contents = await envelope.seal(secret, binding);
  const nowMicros = clock.nowMicros();
  const times = { storedAtMicros: nowMicros, wrappedAtMicros: nowMicros };
  return { keyId, tenantId, providerId, baseUrl, version, ...contents, ...times };
}

function taken({ keyId, tenantId, providerId }: SealedKey): FaultError {
  return conflict(`tenant ${tenantId} has the key ${keyId} at ${providerId} already; replace it, or remove it first`);
}

function conflict(message: string): FaultError {
  return new FaultError(fault('conflict', message));
}

function storedDraft(world: AdministrationWorld, key: SealedKey, actor: string): EventDraft {
  const { keyId, tenantId, providerId, baseUrl, version, wrapped } = key;
  const payload = { keyId, tenantId, providerId, baseUrl, version, wrappedBy: wrapped.by, actor };
  return events.tenantKeyStored.draft({ ...envelopeFields(world, key), payload });
}

function removedDraft(world: AdministrationWorld, key: SealedKey, { reason, actor }: KeyToRemove): EventDraft {
  const { keyId, tenantId, providerId } = key;
  return events.tenantKeyRemoved.draft({
    ...envelopeFields(world, key),
    payload: { keyId, tenantId, providerId, reason, actor },
  });
}

/** Each try of an act is a fact of its own. */
export function envelopeFields(
  { clock, newId }: Pick<AdministrationWorld, 'clock' | 'newId'>,
  { keyId, tenantId }: Pick<SealedKey, 'keyId' | 'tenantId'>,
) {
  const streamId = `tenant-key/${keyId}`;
  const eventId = eventIdOf(streamId, newId('act'));
  return { eventId, tenantId, streamId, correlationId: keyId, occurredAtMicros: clock.nowMicros() };
}
