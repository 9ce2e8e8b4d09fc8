import { describe, expect, test } from '@jest/globals';
import { hasMongo } from '../infra/mongodb.ts';
import { hasNats } from '../infra/nats.ts';
import { runStreamLosses } from './stream-losses.ts';

(hasNats && hasMongo ? describe : describe.skip)('six processes', () => {
  test('keep their books when the stream loses its last messages, archived or not, or everything', async () => {
    const losses = ['unarchived', 'truncated', 'empty'] as const;
    const { problems, reports } = await runStreamLosses({ losses, seed: 5, awayMs: 0, calls: 20 });
    expect(problems).toEqual([]);
    expect(reports.map(({ alarm }) => alarm !== undefined)).toEqual([false, true, true]);
  }, 240_000);
});
