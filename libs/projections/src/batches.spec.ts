// However the log falls into batches, and wherever the runner dies, the documents are the same.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { catchUp } from './catch-up.ts';
import { memoryProjectionStore } from './memory-store.ts';
import type { ProjectionPartition } from './ports.ts';
import { arrayLog } from './testing/array-reader.ts';
import { dump } from './testing/dump.ts';
import { tallyLog, tallyProjection } from './testing/tally.ts';

const reader = arrayLog(tallyLog(120, 11));
const projection = tallyProjection;

async function foldedAtOnce(): Promise<string> {
  const partition = await memoryProjectionStore().open(projection);
  await catchUp({ projection, reader, partition, batchSize: 1_000 });
  return dump(partition, projection);
}

/** One life of a runner: it dies at its n-th commit, before or after the commit took effect. */
interface Life {
  readonly batchSize: number;
  readonly commits: number;
  readonly diesAfterCommit: boolean;
}

function mortal(partition: ProjectionPartition, { commits, diesAfterCommit }: Life): ProjectionPartition {
  let left = commits;
  return {
    ...partition,
    async commit(commit) {
      left -= 1;
      if (left < 0 && !diesAfterCommit) throw new Error('killed before the commit');
      const done = await partition.commit(commit);
      if (left < 0) throw new Error('killed after the commit');
      return done;
    },
  };
}

const life: fc.Arbitrary<Life> = fc.record({
  batchSize: fc.integer({ min: 1, max: 40 }),
  commits: fc.nat(10),
  diesAfterCommit: fc.boolean(),
});

describe('the documents of a projection', () => {
  test('do not depend on batches, crashes and restarts', async () => {
    const expected = await foldedAtOnce();
    await fc.assert(
      fc.asyncProperty(fc.array(life, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), async (lives, batchSize) => {
        const partition = await memoryProjectionStore().open(projection);
        for (const one of lives) {
          const options = { projection, reader, partition: mortal(partition, one), batchSize: one.batchSize };
          await catchUp(options).catch(() => undefined);
        }
        await catchUp({ projection, reader, partition, batchSize });
        expect(await dump(partition, projection)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('are those of the log up to the position asked for', async () => {
    const partition = await memoryProjectionStore().open(projection);
    const { checkpoint, events } = await catchUp({ projection, reader, partition, until: 42n, batchSize: 8 });
    expect({ checkpoint, events }).toEqual({ checkpoint: 41n, events: 21 });
    const short = await memoryProjectionStore().open(projection);
    await catchUp({ projection, reader: arrayLog(tallyLog(21, 11)), partition: short });
    expect(await dump(partition, projection)).toBe(await dump(short, projection));
  });
});
