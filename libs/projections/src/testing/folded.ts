import { catchUp } from '../catch-up.ts';
import { memoryProjectionStore } from '../memory-store.ts';
import { arrayLog } from './array-reader.ts';
import { dump } from './dump.ts';
import { tallyLog, tallyProjection } from './tally.ts';

/** What a partition holds that has come as far in the endless log, without any trouble. */
export async function foldedTo(checkpoint: bigint): Promise<string> {
  const partition = await memoryProjectionStore().open(tallyProjection);
  const reader = arrayLog(tallyLog(Number((checkpoint + 1n) / 2n), 50));
  await catchUp({ projection: tallyProjection, reader, partition });
  return dump(partition, tallyProjection);
}
