// The live ledger as it stands at one moment, beside a running gateway or without one.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventReader } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import type { Document, ProjectionPartition } from '@waybill/projections';
import { type HeadDocument, ledgerProjection } from '../../projections/ledger.ts';
import { readHead } from '../get-ledger-head.ts';

/** Everything but the entries, which only grow, at one checkpoint. */
export interface LiveLedger {
  readonly checkpoint: bigint;
  readonly head: HeadDocument;
  readonly accounts: ReadonlyMap<string, Document>;
  readonly clearing: ReadonlyMap<string, Document>;
  readonly doubts: ReadonlyMap<string, Document>;
  /** Positions of events that could not be booked. */
  readonly quarantined: readonly bigint[];
}

const lookEveryMs = 100;
const patienceMs = 1_000;

/** Waits while the ledger moves towards the position; true when it is there. */
export async function caughtUp(ledger: ProjectionPartition, reader: EventReader, end: bigint): Promise<boolean> {
  let checkpoint = await ledger.checkpoint();
  let waitedMs = 0;
  while (await isBehind(reader, checkpoint, end)) {
    if (waitedMs >= patienceMs) return false;
    await sleep(lookEveryMs);
    const now = await ledger.checkpoint();
    waitedMs = now === checkpoint ? waitedMs + lookEveryMs : 0;
    checkpoint = now;
  }
  return true;
}

async function isBehind(reader: EventReader, checkpoint: bigint, end: bigint): Promise<boolean> {
  if (checkpoint >= end) return false;
  for await (const batch of reader.read(checkpoint, { types: ledgerProjection.types, batchSize: 1 })) {
    return batch[0]!.position <= end;
  }
  return false;
}

const maxLooks = 100;

/** Throws `unavailable` when the ledger never holds still for the moment that reading takes. */
export async function readLiveLedger(ledger: ProjectionPartition): Promise<LiveLedger> {
  for (let look = 0; look < maxLooks; look += 1) {
    const [checkpoint, head, accounts, clearing, doubts, quarantine, after] = await Promise.all([
      ledger.checkpoint(),
      readHead(ledger),
      ledger.find('accounts'),
      ledger.find('clearing'),
      ledger.find('doubts'),
      ledger.quarantine(),
      ledger.checkpoint(),
    ]);
    if (checkpoint !== after) continue;
    return {
      checkpoint,
      head,
      accounts: byKey(accounts),
      clearing: byKey(clearing),
      doubts: byKey(doubts),
      quarantined: quarantine.map(({ position }) => position),
    };
  }
  throw new FaultError(fault('unavailable', 'the ledger never held still for an audit; try again with less load'));
}

function byKey(found: readonly { readonly key: string; readonly document: Document }[]): Map<string, Document> {
  return new Map(found.map(({ key, document }) => [key, document]));
}
