import { expect, test } from '@jest/globals';
import { SubmitRequest } from '@waybill/contracts';
import type { EventDraft } from '@waybill/event-log';
import { untraced } from '@waybill/telemetry';
import { createJudgeQueue } from './judge-queue.ts';

test('accepts up to its size, skips and counts the rest, and records each once', async () => {
  const recorded: EventDraft[] = [];
  let skips = 0;
  const queue = createJudgeQueue({
    size: 20,
    nowMicros: () => 1n,
    record: async (drafts) => void recorded.push(...drafts),
    skipped: () => {
      skips += 1;
    },
    spans: untraced,
  });
  const accepted = Array.from({ length: 30 }, (_, index) =>
    queue.submit(SubmitRequest.fromPartial({ callId: `c${index}` })),
  );
  await queue.settled();
  expect(accepted.filter(Boolean)).toHaveLength(20);
  expect(skips).toBe(10);
  expect(recorded.map(({ eventId }) => eventId)).toEqual(
    Array.from({ length: 20 }, (_, index) => `c${index}/evaluated`),
  );
  expect(queue.submit(SubmitRequest.fromPartial({ callId: 'later' }))).toBe(true);
  await queue.settled();
  expect(recorded).toHaveLength(21);
});
