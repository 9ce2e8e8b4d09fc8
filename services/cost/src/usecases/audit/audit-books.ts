// The audit: the live books against the log, and the log against itself.
import type { EventReader } from '@waybill/event-log';
import { compareWithRebuild, encodeDocument, openCurrent, type ProjectionStore } from '@waybill/projections';
import { type Drift, driftList, type ReportDrift } from '../../core/drift.ts';
import type { DoubtDocument, HeadDocument } from '../../projections/ledger.ts';
import { ledgerProjection } from '../../projections/ledger.ts';
import { spendProjection } from '../../projections/spend.ts';
import { type Replay, replayLedger } from '../replay-ledger.ts';
import { checkDoubleEntry, compareBooks } from './check-balances.ts';
import { checkOrdinals, compareEntries } from './check-entries.ts';
import { type CheckedLog, checkLog } from './check-log.ts';
import { caughtUp, type LiveLedger, readLiveLedger } from './live-ledger.ts';

export interface Audit {
  /** Both ledgers were compared at this position of the log. */
  readonly checkpoint: bigint;
  /** False when the live ledger has not taken in the whole log, as after a kill until the next start. */
  readonly isCaughtUp: boolean;
  readonly live: HeadDocument;
  readonly replayed: HeadDocument;
  readonly log: CheckedLog;
  /** Ids of attempts that have not ended. */
  readonly openAttempts: readonly string[];
  readonly doubts: ReadonlyMap<string, DoubtDocument>;
  readonly driftCount: number;
  /** The first drifts. */
  readonly drifts: readonly Drift[];
}

const maxDrifts = 100;

/** Throws a FaultError when the books cannot be read at all. */
export async function auditBooks(reader: EventReader, store: ProjectionStore): Promise<Audit> {
  const drifts = driftList(maxDrifts);
  const ledger = await openCurrent(store, ledgerProjection);
  await openCurrent(store, spendProjection);
  const end = await reader.end();
  const isCaughtUp = await caughtUp(ledger, reader, end);
  const live = await readLiveLedger(ledger);
  const replay = await replayLedger({
    reader,
    until: live.checkpoint,
    onEntries: (entries) => compareEntries(ledger, entries, drifts.report),
  });
  compareLedgers(live, replay, await reader.end(), drifts.report);
  await checkOrdinals(ledger, live.head.entries, drifts.report);
  const log = await checkLog(reader, end, drifts.report);
  await checkSpend(reader, store, drifts.report);
  const { books } = replay;
  const openAttempts = [...books.clearing].filter(([, { isOpen }]) => isOpen).map(([attemptId]) => attemptId);
  return {
    checkpoint: live.checkpoint,
    isCaughtUp,
    live: live.head,
    replayed: books.head(),
    log,
    openAttempts,
    doubts: books.doubts,
    driftCount: drifts.count(),
    drifts: drifts.first,
  };
}

function compareLedgers(live: LiveLedger, { books, unbookable }: Replay, end: bigint, report: ReportDrift): void {
  if (live.checkpoint > end) {
    report('log', 'ledger', `the ledger is folded up to position ${live.checkpoint} and the log ends at ${end}`);
  }
  compareBooks(live, books, report);
  checkDoubleEntry(live.accounts, live.clearing, report);
  checkDoubleEntry(books.accounts, books.clearing, report);
  for (const { eventId, reason } of unbookable) report('event', eventId, `cannot be booked: ${reason}`);
  const parked = new Set(live.quarantined);
  for (const { position } of unbookable) {
    if (!parked.delete(position)) report('quarantine', `${position}`, 'should be in quarantine and is not');
  }
  for (const position of parked) report('quarantine', `${position}`, 'is in quarantine and can be booked');
}

async function checkSpend(reader: EventReader, store: ProjectionStore, report: ReportDrift): Promise<void> {
  const { differences, quarantineDifferences } = await compareWithRebuild({
    projection: spendProjection,
    reader,
    store,
  });
  for (const { collection, key, live, rebuilt } of differences) {
    const [stored, expected] = [live, rebuilt].map((each) => (each === undefined ? 'nothing' : encodeDocument(each)));
    report('spend', `${collection}/${key}`, `stored is ${stored}, the log says ${expected}`);
  }
  for (const position of quarantineDifferences) report('quarantine', `${position}`, 'differs in the spend read model');
}
