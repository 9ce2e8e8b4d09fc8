// Producers number their events without gaps, so that a missing event shows.
import type { Envelope, ProducerEpochOpened, ProducerStamp } from '@waybill/contracts';
import type { ReportDrift } from './drift.ts';

interface Standing {
  readonly epoch: bigint;
  readonly number: bigint;
}

export type ProducerStandings = Map<string, Standing>;

const start: Standing = { epoch: 0n, number: 0n };

/**
 * Takes in the next event of the log. `opened` is its payload when it opens an epoch. After a gap the count goes on
 * from what is there, so that each gap is told once.
 */
export function checkProducer(
  standings: ProducerStandings,
  { eventId, producer }: Pick<Envelope, 'eventId' | 'producer'>,
  opened: ProducerEpochOpened | undefined,
  report: ReportDrift,
): void {
  if (producer === undefined) {
    report('producer', eventId, 'the event has no producer stamp');
    return;
  }
  const { producerId, epoch, number } = producer;
  const before = standings.get(producerId) ?? start;
  const wrong = epoch === before.epoch ? wrongNumber(before, number) : wrongEpoch(before, producer, opened);
  if (wrong) report('producer', producerId, `${wrong} at event ${eventId}`);
  if (epoch >= before.epoch) standings.set(producerId, { epoch, number });
}

function wrongNumber(before: Standing, number: bigint): string | undefined {
  const due = before.number + 1n;
  return number === due ? undefined : `epoch ${before.epoch} goes from number ${before.number} to ${number}`;
}

function wrongEpoch(
  before: Standing,
  { epoch, number }: ProducerStamp,
  opened: ProducerEpochOpened | undefined,
): string | undefined {
  if (epoch < before.epoch) return `epoch ${epoch} writes after epoch ${before.epoch} was opened`;
  if (opened === undefined || number !== 1n) return `epoch ${epoch} begins with number ${number} and was not opened`;
  const { previousEpoch, previousLastNumber } = opened;
  if (previousEpoch === before.epoch && previousLastNumber === before.number) return undefined;
  const named = `follows number ${previousLastNumber} of epoch ${previousEpoch}`;
  return `epoch ${epoch} ${named}, and the log ends it at number ${before.number} of epoch ${before.epoch}`;
}
