// Hands a batch to its provider: the entries by the codec that calls of their own would take.
import type { BatchEntry, SubmitBatchRequest, SubmitBatchResponse } from '@waybill/contracts';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { BatchItem, BatchRequest, ProviderResult } from '@waybill/providers';
import { faultToMessage } from '@waybill/rpc';
import type { Target } from '../ports.ts';
import { ask, type BatchWorld, NotDone, noBatch } from './ask.ts';

/** What went wrong is in the answer, with whether the provider may have the batch all the same. */
export async function submitBatch(request: SubmitBatchRequest, given: BatchWorld): Promise<SubmitBatchResponse> {
  const { clock, key } = given;
  const { batchId, validForMs } = request;
  const arrivedAtMs = clock.monotonicMs();
  const world = { ...given, mayGo: () => clock.monotonicMs() - arrivedAtMs < validForMs };
  try {
    const items = request.entries.map((entry) => itemOf(entry, world.target));
    const fileId = await upload(world, batchId, items);
    const created = await create(world, valueIn(world.wire.create(batchId, items, fileId)));
    return { fault: undefined, mayExist: true, batch: { upstreamBatchId: created, keyId: key.id } };
  } catch (thrown) {
    const mayExist = thrown instanceof NotDone && thrown.mayBeDone;
    return { fault: faultToMessage(faultOf(thrown)), mayExist, batch: undefined };
  }
}

/** A file alone costs nothing: whatever becomes of it, there is no batch yet. */
async function upload(world: BatchWorld, batchId: string, items: readonly BatchItem[]): Promise<string> {
  const { upload: wire } = world.wire;
  if (wire === undefined) return '';
  const request = valueIn(wire.encode(batchId, items));
  const body = await ask(world, request).catch((thrown: unknown) => {
    throw new NotDone(faultOf(thrown), false);
  });
  const fileId = wire.read(body);
  if (fileId === undefined) throw new NotDone(noFile, false);
  return fileId;
}

async function create(world: BatchWorld, request: BatchRequest): Promise<string> {
  const batch = world.wire.read(await ask(world, request));
  if (batch === undefined) throw new NotDone(noBatch, true);
  return batch.id;
}

function itemOf({ callId, call, upstreamModel, modelId, maxOutputTokens }: BatchEntry, target: Target): BatchItem {
  if (call === undefined) throw new FaultError(fault('invalid', `the entry ${callId} carries no call`));
  const wire = target.wireOf(modelId);
  return { callId, request: { attemptId: callId, call, upstreamModel, maxOutputTokens, stream: false, wire } };
}

const noFile: Fault = fault('upstream', 'the provider answered with something that is no file');

function valueIn<Value>(result: ProviderResult<Value>): Value {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}
