// Parts of an answer, a message's worth at a time.
import type { ReplyPart } from '@waybill/contracts';

/** Far below what a transport carries in one message; one vector is far smaller. */
const batchBytes = 1024 * 1024;

/** The parts in their order, cut where vectors would make a message too large. */
export function* inBatches(parts: readonly ReplyPart[]): Generator<readonly ReplyPart[]> {
  let begin = 0;
  let bytes = 0;
  for (const [position, { part }] of parts.entries()) {
    bytes += part?.$case === 'embedding' ? part.value.values.length * 4 : 0;
    if (bytes < batchBytes) continue;
    yield parts.slice(begin, position + 1);
    begin = position + 1;
    bytes = 0;
  }
  if (begin < parts.length) yield parts.slice(begin);
}
