// Keys of tenants that are decrypted for a while. That one was decrypted is on the books before it is used.
import { type EventDraft, events } from '@waybill/event-log';
import { type Clock, eventIdOf, type Secret } from '@waybill/kernel';
import { LRUCache } from 'lru-cache';
import type { Envelope, SealedKey } from '../ports.ts';

/** The key itself; rejects with a FaultError when it cannot be had. */
export type OpenTenantKey = (key: SealedKey) => Promise<Secret>;

export interface OpenedKeysOptions {
  readonly envelope: Pick<Envelope, 'open'>;
  readonly clock: Clock;
  /** Names this process in the events. */
  readonly instance: string;
  newId(prefix: string): string;
  /** Resolves when the events are durable. */
  append(drafts: readonly EventDraft[]): Promise<unknown>;
  /** How long a key stays decrypted after that, milliseconds; default 300,000. */
  readonly keptMs?: number;
}

const keptAtMost = 1_000;

export function openedKeys(options: OpenedKeysOptions): OpenTenantKey {
  const { envelope, append, keptMs = 300_000 } = options;
  const kept = new LRUCache<string, Promise<Secret>>({ max: keptAtMost, ttl: keptMs });

  async function open(key: SealedKey): Promise<Secret> {
    await append([openedDraft(key, options)]);
    return envelope.open(key);
  }

  return (key) => {
    const name = `${key.keyId}/${key.version}`;
    const before = kept.get(name);
    if (before !== undefined) return before;
    const opening = open(key).catch((thrown: unknown) => {
      kept.delete(name);
      throw thrown;
    });
    kept.set(name, opening);
    return opening;
  };
}

function openedDraft(key: SealedKey, { clock, newId, instance }: OpenedKeysOptions): EventDraft {
  const { keyId, tenantId, providerId, version, wrapped } = key;
  const opening = newId('opening');
  return events.tenantKeyOpened.draft({
    eventId: eventIdOf(`tenant-key/${keyId}`, opening),
    tenantId,
    streamId: `tenant-key/${keyId}`,
    correlationId: keyId,
    occurredAtMicros: clock.nowMicros(),
    payload: { keyId, tenantId, providerId, version, wrappedBy: wrapped.by, instance },
  });
}
