// TenantKeyService over the stored keys. What is secret comes in here and never goes out.
import type { TenantKey, TenantKeyServiceDefinition } from '@waybill/contracts';
import type { Handlers } from '@waybill/rpc';
import { faultToMessage } from '@waybill/rpc';
import { isRewrapDue } from '../core/tenant-key.ts';
import type { SealedKey } from '../ports.ts';
import {
  type AdministrationWorld,
  removeTenantKey,
  replaceTenantKey,
  storeTenantKey,
} from '../usecases/administer-tenant-keys.ts';
import { rewrapTenantKeys } from '../usecases/rewrap-tenant-keys.ts';

export interface TenantKeyParts {
  readonly world: AdministrationWorld;
  readonly rewrapAfterDays: number;
}

export function tenantKeyHandlers({ world, rewrapAfterDays }: TenantKeyParts): Handlers<TenantKeyServiceDefinition> {
  const shown = (key: SealedKey): TenantKey => {
    const { keyId, tenantId, providerId, baseUrl, version, storedAtMicros, wrappedAtMicros, wrapped } = key;
    const rewrapDue = isRewrapDue(key, { nowMicros: world.clock.nowMicros(), afterDays: rewrapAfterDays });
    const times = { storedAtMicros, wrappedAtMicros };
    return { keyId, tenantId, providerId, baseUrl, version, ...times, wrappedBy: wrapped.by, rewrapDue };
  };
  return {
    storeTenantKey: async (request) => ({ key: shown(await storeTenantKey(world, request)) }),
    async listTenantKeys({ tenantId }) {
      await world.book.refresh();
      const keys = world.book.all().filter((key) => tenantId === '' || key.tenantId === tenantId);
      return { keys: keys.map(shown) };
    },
    replaceTenantKey: async (request) => ({ key: shown(await replaceTenantKey(world, request)) }),
    async removeTenantKey(request) {
      await removeTenantKey(world, request);
      return {};
    },
    async rewrapTenantKeys({ newKey, actor }) {
      const { fault, ...rewrapped } = await rewrapTenantKeys(world, { newKey, actor, afterDays: rewrapAfterDays });
      return { ...rewrapped, fault: fault && faultToMessage(fault) };
    },
  };
}
