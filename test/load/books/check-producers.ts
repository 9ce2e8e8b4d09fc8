// Producer numbers prove that nothing of the log is missing.
import { events } from '@waybill/event-log';
import type { Entry } from './entries.ts';

interface Last {
  readonly epoch: bigint;
  readonly number: bigint;
}

/** Holes, repeats and epochs that do not name the end of the one before. */
export function checkProducers(entries: readonly Entry[]): string[] {
  const last = new Map<string, Last>();
  const problems: string[] = [];
  for (const { envelope, position } of entries) {
    const stamp = envelope.producer;
    if (stamp === undefined) {
      problems.push(`event ${envelope.eventId} at ${position} has no producer`);
      continue;
    }
    const { producerId, epoch, number } = stamp;
    const before = last.get(producerId) ?? { epoch: 0n, number: 0n };
    const isNext = epoch === before.epoch ? number === before.number + 1n : epoch > before.epoch && number === 1n;
    if (!isNext) {
      problems.push(`${producerId} goes from ${before.epoch}/${before.number} to ${epoch}/${number} at ${position}`);
    }
    if (envelope.type === events.producerEpochOpened.type) {
      const opened = events.producerEpochOpened.decode(envelope);
      if (opened.previousEpoch !== before.epoch || opened.previousLastNumber !== before.number) {
        problems.push(`epoch ${epoch} of ${producerId} does not name the end of the one before`);
      }
    }
    last.set(producerId, { epoch, number });
  }
  return problems;
}
