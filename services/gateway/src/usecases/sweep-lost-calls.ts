// Ends what gateways before this one have left open. Their epoch is superseded, so nobody else can end it any more.
import type { SettleRequest } from '@waybill/contracts';
import type { EventDraft, EventProducer } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
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
}

const callsPerAppend = 250;

/**
 * Ends each of them as LOST. The events have the ids that the calls themselves would have used, so that of two who end
 * the same call one is refused. Resolves when all is durable.
 */
export async function sweepLostCalls({ producer, openCalls, clock }: SweepOptions): Promise<Swept> {
  const { producerId } = producer;
  const settlements: SettleRequest[] = [];
  let calls = 0;
  let afterKey: string | undefined;
  for (;;) {
    const page = await openCalls.find('open', { where: { producerId }, limit: callsPerAppend, afterKey });
    if (page.length === 0) return { calls, settlements };
    afterKey = page.at(-1)!.key;
    const lost = page
      .map(({ document }) => document as OpenCallDocument)
      .filter(({ epoch }) => epoch < producer.epoch)
      .map((open) => endLost(open, clock));
    if (lost.length > 0) await producer.append(lost.flatMap(({ drafts }) => drafts));
    settlements.push(...lost.flatMap(({ settlement }) => settlement));
    calls += lost.length;
  }
}

function endLost(open: OpenCallDocument, clock: Clock): { drafts: EventDraft[]; settlement: SettleRequest[] } {
  const { callId, tenantId, attempts, lastAttemptId, admittedAtMicros } = open;
  const journal = journalOf({ callId, tenantId, nowMicros: clock.nowMicros });
  const elapsedMs = Number((clock.nowMicros() - admittedAtMicros) / 1000n);
  const durationMs = Math.min(Math.max(0, elapsedMs), 0xffff_ffff);
  const attribution = attributionOf(open);
  const ended = lostCallEnded({ callId, attribution, attempts: Number(attempts), durationMs });
  const callEnded = journal.callEnded(ended, lastAttemptId);
  const started = openAttemptOf(open);
  if (started === undefined) return { drafts: [callEnded], settlement: [] };
  const lost = lostAttempt(started);
  return { drafts: [journal.attemptEnded(lost.ended), callEnded], settlement: [lost.settlement.request] };
}
