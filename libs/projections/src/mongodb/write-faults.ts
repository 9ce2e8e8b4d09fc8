// Which document it was that MongoDB would not take.
import { FaultError, fault } from '@waybill/kernel';
import { failedOperation, mongoFault } from '@waybill/mongodb';
import { BSON, MongoInvalidArgumentError } from 'mongodb';
import type { PlannedWrites } from './commit-plan.ts';

const largestDocumentBytes = 16 * 2 ** 20;

/** Throws on what passes and what is not about one document; else a fault, `invalid` or `too_large`, that names it. */
export function refusedWrite(thrown: unknown, planned: PlannedWrites): unknown {
  const index = failedOperation(thrown) ?? tooLarge(thrown, planned);
  const key = index === undefined ? undefined : planned.keys[index];
  if (key === undefined) return thrown;
  const { collection } = planned;
  const { kind, message, details } =
    thrown instanceof MongoInvalidArgumentError
      ? fault('too_large', 'a read model cannot be written: a document is larger than 16 MB')
      : mongoFault(thrown, 'a read model cannot be written').fault;
  if (kind === 'unavailable') return thrown;
  return new FaultError(
    fault(kind, `${message} (${collection}/${key})`, { details: { ...details, collection, key }, cause: thrown }),
  );
}

/** The driver looks at sizes before it sends anything, and does not say which. */
function tooLarge(thrown: unknown, { operations }: PlannedWrites): number | undefined {
  if (!(thrown instanceof MongoInvalidArgumentError)) return undefined;
  const found = operations.findIndex(
    (operation) =>
      'replaceOne' in operation && BSON.calculateObjectSize(operation.replaceOne.replacement) >= largestDocumentBytes,
  );
  return found === -1 ? undefined : found;
}
