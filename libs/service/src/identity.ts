import { randomFillSync } from 'node:crypto';
import { type Clock, timeOrderedId } from '@waybill/kernel';

const bytesPerId = 10;

/** Makes ids that sort by time; randomness is drawn for many ids at once. */
export function idSource(clock: Clock): (prefix: string) => string {
  const pool = Buffer.alloc(bytesPerId * 512);
  let used = pool.length;
  return (prefix) => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + bytesPerId);
    used += bytesPerId;
    return timeOrderedId(prefix, clock.nowMicros(), random);
  };
}
