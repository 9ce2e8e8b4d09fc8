// Ends what the epochs of a producer before this one have left open: superseded, they cannot end it any more.
import type { SettleRequest } from '@waybill/contracts';
import type { EventDraft, EventProducer } from '@waybill/event-log';
import { type Clock, faultOf } from '@waybill/kernel';
import type { ProjectionPartition } from '@waybill/projections';
import { lostAttempt, lostCallEnded } from '../core/lost-call.ts';
import { attributionOf, type OpenCallDocument, openAttemptOf } from '../projections/open-calls.ts';
import { journalOf } from './journal.ts';

export interface SweepOptions {
  /** Of the epoch that has just been opened. */
  readonly producer: EventProducer;
  /** Caught up with everything before that epoch. */
  readonly openCalls: ProjectionPartition;
  readonly clock: Clock;
}

export interface Swept {
  readonly calls: number;
  /** What rate-limit has to be told of each attempt. */
  readonly settlements: readonly SettleRequest[];
  /** Calls whose end is in the log in other words, although it is not in the read model: something for an operator. */
  readonly conflicts: readonly string[];
}

const callsPerAppend = 250;

/**
 * Ends each of them as LOST. The events have the ids that the calls themselves would have used, so that of two who end
 * the same call one is refused. Resolves when all is durable.
 */
export async function sweepLostCalls({ producer, openCalls, clock }: SweepOptions): Promise<Swept> {
  const { producerId } = producer;
  const ended: LostCall[] = [];
  const conflicts: string[] = [];
  let afterKey: string | undefined;
  for (;;) {
    const page = await openCalls.find('open', { where: { producerId }, limit: callsPerAppend, afterKey });
    if (page.length === 0) return { calls: ended.length, settlements: ended.flatMap(settlementsOf), conflicts };
    afterKey = page.at(-1)!.key;
    const lost = page
      .map(({ document }) => document as OpenCallDocument)
      .filter(({ epoch }) => epoch < producer.epoch)
      .map((open) => endLost(open, clock));
    const written = await write(producer, lost);
    ended.push(...written);
    conflicts.push(...lost.filter((call) => !written.includes(call)).map(({ callId }) => callId));
  }
}

interface LostCall {
  readonly callId: string;
  readonly drafts: readonly EventDraft[];
  readonly settlement: SettleRequest | undefined;
}

/** Together; one by one where there is a conflict, so that no call keeps the others open. Returns what was written. */
async function write(producer: EventProducer, lost: readonly LostCall[]): Promise<readonly LostCall[]> {
  if (lost.length === 0 || (await isWritten(producer, lost))) return lost;
  const written: LostCall[] = [];
  for (const call of lost) if (await isWritten(producer, [call])) written.push(call);
  return written;
}

async function isWritten(producer: EventProducer, lost: readonly LostCall[]): Promise<boolean> {
  try {
    await producer.append(lost.flatMap(({ drafts }) => drafts));
    return true;
  } catch (thrown) {
    if (faultOf(thrown).details.reason !== 'other_content') throw thrown;
    return false;
  }
}

function settlementsOf({ settlement }: LostCall): readonly SettleRequest[] {
  return settlement === undefined ? [] : [settlement];
}

function endLost(open: OpenCallDocument, clock: Clock): LostCall {
  const { callId, tenantId, attempts, lastAttemptId, admittedAtMicros } = open;
  const journal = journalOf({ callId, tenantId, nowMicros: clock.nowMicros });
  const elapsedMs = Number((clock.nowMicros() - admittedAtMicros) / 1000n);
  const durationMs = Math.min(Math.max(0, elapsedMs), 0xffff_ffff);
  const attribution = attributionOf(open);
  const ended = lostCallEnded({ callId, attribution, attempts: Number(attempts), durationMs });
  const callEnded = journal.callEnded(ended, lastAttemptId);
  const started = openAttemptOf(open);
  if (started === undefined) return { callId, drafts: [callEnded], settlement: undefined };
  const lost = lostAttempt(started);
  return { callId, drafts: [journal.attemptEnded(lost.ended), callEnded], settlement: lost.settlement.request };
}
