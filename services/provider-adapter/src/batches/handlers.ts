// The part of ProviderService that is about batches.
import type { ProviderServiceDefinition, UpstreamBatch } from '@waybill/contracts';
import { type Clock, FaultError, fault, faultOf } from '@waybill/kernel';
import { faultToMessage, type Handlers } from '@waybill/rpc';
import type { Target, TargetKey } from '../ports.ts';
import type { Access } from '../usecases/access.ts';
import { ask, type BatchWorld, noBatch } from './ask.ts';
import { findBatch } from './find-batch.ts';
import { readBatch } from './read-batch.ts';
import { submitBatch } from './submit-batch.ts';

export interface BatchParts {
  /** Of a tenant's own key, where it has one. Throws a FaultError when the tenant can go by none. */
  targetFor(request: Of): Promise<Target>;
  /** Of the keys that are configured. */
  sharedTarget(request: Pick<Of, 'providerId'>): Target;
  readonly access: Pick<Access, 'keyFor'>;
  readonly clock: Clock;
}

interface Of {
  readonly providerId: string;
  readonly tenantId: string;
}

type BatchMethod = 'submitBatch' | 'findBatch' | 'getBatch' | 'cancelBatch' | 'readBatch';

interface Asked extends Of {
  readonly batch: UpstreamBatch | undefined;
}

export function batchHandlers({
  targetFor,
  sharedTarget,
  access,
  clock,
}: BatchParts): Pick<Handlers<ProviderServiceDefinition>, BatchMethod> {
  function worldOf(target: Target, key: TargetKey, signal: AbortSignal): BatchWorld {
    const wire = target.codec.batches;
    if (wire === undefined) throw new FaultError(fault('invalid', `${target.providerId} takes no batches`));
    return { target, wire, key, clock, signal };
  }

  /** The tenant's own key comes first; one that it has not had for long is not what an older batch was sent with. */
  async function targetsFor(request: Of): Promise<readonly Target[]> {
    return [...new Set([await targetFor(request), sharedTarget(request)])];
  }

  async function ofBatch(asked: Asked, signal: AbortSignal): Promise<BatchWorld & { readonly id: string }> {
    const { providerId, batch } = asked;
    const { keyId, upstreamBatchId } = batch ?? { keyId: '', upstreamBatchId: '' };
    for (const target of await targetsFor(asked)) {
      const key = target.keys.find(({ id }) => accountOf(id) === accountOf(keyId));
      if (key !== undefined) return { ...worldOf(target, key, signal), id: upstreamBatchId };
    }
    throw new FaultError(keyGone(providerId, keyId));
  }

  return {
    async submitBatch(request, { signal }) {
      try {
        const target = await targetFor(request);
        return await submitBatch(request, worldOf(target, access.keyFor(target), signal));
      } catch (thrown) {
        return { fault: faultToMessage(faultOf(thrown)), mayExist: false, batch: undefined };
      }
    },
    async findBatch(request, { signal }) {
      const targets = await targetsFor(request);
      const worlds = targets.flatMap((target) => target.keys.map((key) => worldOf(target, key, signal)));
      return findBatch(request, worlds);
    },
    async getBatch(request, { signal }) {
      const world = await ofBatch(request, signal);
      const batch = world.wire.read(await ask(world, world.wire.get(world.id)));
      if (batch === undefined) throw new FaultError(noBatch);
      return { ended: batch.isOver, fault: batch.refused && faultToMessage(batch.refused) };
    },
    async cancelBatch(request, { signal }) {
      const world = await ofBatch(request, signal);
      await ask(world, world.wire.cancel(world.id));
      return {};
    },
    async *readBatch(request, { signal }) {
      const world = await ofBatch(request, signal);
      yield* readBatch(world.id, world);
    },
  };
}

/** A tenant's key that was replaced has another version, and the account of the one before. */
function accountOf(keyId: string): string {
  return keyId.replace(/\/.*$/, '');
}

function keyGone(providerId: string, keyId: string) {
  const message = `the batch belongs to the key ${keyId || 'api_key'} of ${providerId}, which is not configured here`;
  return fault('unavailable', message, { details: { reason: 'key_not_configured', provider: providerId } });
}
