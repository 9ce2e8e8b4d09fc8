// Encrypts the data keys of all stored keys under the newest key-encryption key. Each is done by itself, so that what was
// done stays done when it is cut off, and the next run goes on with the rest.
import { events } from '@waybill/event-log';
import { type Fault, fault, faultOf } from '@waybill/kernel';
import { isRewrapDue } from '../core/tenant-key.ts';
import type { SealedKey } from '../ports.ts';
import { type AdministrationWorld, envelopeFields } from './administer-tenant-keys.ts';

export interface Rewrapping {
  /** Makes a new key-encryption key first. */
  readonly newKey: boolean;
  readonly actor: string;
  /** One that is as old as this is encrypted anew even under the same key-encryption key, days. */
  readonly afterDays: number;
}

export interface Rewrapped {
  readonly wrappedBy: string;
  readonly rewrapped: number;
  readonly current: number;
  readonly failed: number;
  /** Of the first that failed. */
  readonly fault: Fault | undefined;
}

/** Rejects when there is no newest key; a stored key that cannot be done is counted. */
export async function rewrapTenantKeys(world: AdministrationWorld, rewrapping: Rewrapping): Promise<Rewrapped> {
  const { envelope, book, clock } = world;
  if (rewrapping.newKey) await envelope.renew();
  const wrappedBy = await envelope.newestKey();
  await book.refresh();
  const { afterDays } = rewrapping;
  const isCurrent = (key: SealedKey) =>
    key.wrapped.by === wrappedBy && !isRewrapDue(key, { nowMicros: clock.nowMicros(), afterDays });
  const due = book.all().filter((key) => !isCurrent(key));
  const faults: Fault[] = [];
  for (const key of due) {
    const failed = await rewrapOne(world, key, rewrapping.actor);
    if (failed) faults.push(failed);
  }
  await book.refresh();
  const current = book.all().length - due.length;
  return { wrappedBy, rewrapped: due.length - faults.length, current, failed: faults.length, fault: faults[0] };
}

async function rewrapOne(world: AdministrationWorld, key: SealedKey, actor: string): Promise<Fault | undefined> {
  const { keyId, tenantId, providerId, version } = key;
  try {
    const wrapped = await world.envelope.rewrap(key);
    const payload = {
      keyId,
      tenantId,
      providerId,
      version,
      wrappedByBefore: key.wrapped.by,
      wrappedBy: wrapped.by,
      actor,
    };
    await world.append([events.tenantKeyRewrapped.draft({ ...envelopeFields(world, key), payload })]);
    const isDone = await world.store.replace(key, { ...key, wrapped, wrappedAtMicros: world.clock.nowMicros() });
    return isDone ? undefined : fault('conflict', `the key ${keyId} was changed at the same time`);
  } catch (thrown) {
    return faultOf(thrown);
  }
}
