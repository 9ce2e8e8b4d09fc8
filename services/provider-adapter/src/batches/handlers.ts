// The part of ProviderService that is about batches.
import type { ProviderServiceDefinition, UpstreamBatch } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import type { Handlers } from '@waybill/rpc';
import type { Target, TargetKey } from '../ports.ts';
import type { Access } from '../usecases/access.ts';
import { ask, type BatchWorld, noBatch } from './ask.ts';
import { findBatch } from './find-batch.ts';
import { readBatch } from './read-batch.ts';
import { submitBatch } from './submit-batch.ts';

export interface BatchParts {
  targetFor(request: { readonly providerId: string }): Target;
  readonly access: Pick<Access, 'keyFor'>;
  readonly clock: Clock;
}

type BatchMethod = 'submitBatch' | 'findBatch' | 'getBatch' | 'cancelBatch' | 'readBatch';

interface Asked {
  readonly providerId: string;
  readonly batch: UpstreamBatch | undefined;
}

export function batchHandlers({
  targetFor,
  access,
  clock,
}: BatchParts): Pick<Handlers<ProviderServiceDefinition>, BatchMethod> {
  function worldOf(target: Target, key: TargetKey, signal: AbortSignal): BatchWorld {
    const wire = target.codec.batches;
    if (wire === undefined) throw new FaultError(fault('invalid', `${target.providerId} takes no batches`));
    return { target, wire, key, clock, signal };
  }

  function ofBatch({ providerId, batch }: Asked, signal: AbortSignal): BatchWorld & { readonly id: string } {
    const target = targetFor({ providerId });
    const key = target.keys.find(({ id }) => id === (batch?.keyId ?? ''));
    if (key === undefined || batch === undefined) throw new FaultError(keyGone(providerId, batch?.keyId ?? ''));
    return { ...worldOf(target, key, signal), id: batch.upstreamBatchId };
  }

  return {
    submitBatch(request, { signal }) {
      const target = targetFor(request);
      return submitBatch(request, worldOf(target, access.keyFor(target), signal));
    },
    findBatch(request, { signal }) {
      const target = targetFor(request);
      return findBatch(
        request,
        target.keys.map((key) => worldOf(target, key, signal)),
      );
    },
    async getBatch(request, { signal }) {
      const world = ofBatch(request, signal);
      const batch = world.wire.read(await ask(world, world.wire.get(world.id)));
      if (batch === undefined) throw new FaultError(noBatch);
      return { ended: batch.isOver };
    },
    async cancelBatch(request, { signal }) {
      const world = ofBatch(request, signal);
      await ask(world, world.wire.cancel(world.id));
      return {};
    },
    readBatch(request, { signal }) {
      const world = ofBatch(request, signal);
      return readBatch(world.id, world);
    },
  };
}

function keyGone(providerId: string, keyId: string) {
  const message = `the batch belongs to the key ${keyId || 'api_key'} of ${providerId}, which is not configured here`;
  return fault('unavailable', message, { details: { reason: 'key_not_configured', provider: providerId } });
}
