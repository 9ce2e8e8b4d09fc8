// Stores the events of one append inside the transaction of the batch.
import type { Fault } from '@waybill/kernel';
import { otherContent, wrongVersion } from '../log-faults.ts';
import type { Appended } from '../ports.ts';
import type { AppendRequest, EventRow } from './messages.ts';
import { isStampedDraft, producerStamp } from './producer-stamp.ts';
import type { WriterStatements } from './writer-statements.ts';

export type RowsStored =
  | { readonly kind: 'stored'; readonly appended: Appended; readonly lastNumber: bigint }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** Numbers the new events from `previousNumber` on. What a refused append has stored is for the caller to undo. */
export function storeRows(
  statements: WriterStatements,
  request: AppendRequest,
  envelopes: Uint8Array,
  previousNumber: bigint,
): RowsStored {
  const { producerId, epoch, expectedVersion, rows } = request;
  const versionBefore = expectedVersion && versionOf(statements, expectedVersion.streamId);
  let position = rows.length === 0 ? (statements.end.get()?.end as bigint) : 0n;
  let lastNumber = previousNumber;
  for (const row of rows) {
    const draft = envelopes.subarray(row.start, row.end);
    const stored = storeRow(statements, row, draft, producerStamp(producerId, epoch, lastNumber + 1n));
    if (stored.kind === 'other_content') return { kind: 'refused', fault: otherContent(row.eventId) };
    if (stored.kind === 'new') lastNumber += 1n;
    position = stored.position;
  }
  const newEvents = Number(lastNumber - previousNumber);
  if (expectedVersion && newEvents > 0 && versionBefore !== expectedVersion.version) {
    return { kind: 'refused', fault: wrongVersion(expectedVersion, versionBefore ?? 0n) };
  }
  return { kind: 'stored', appended: { position, duplicates: rows.length - newEvents }, lastNumber };
}

type RowStored = { readonly kind: 'new' | 'duplicate'; readonly position: bigint } | { readonly kind: 'other_content' };

function storeRow(statements: WriterStatements, row: EventRow, draft: Uint8Array, stamp: Uint8Array): RowStored {
  const { eventId, streamId, type } = row;
  const inserted = statements.insert.run(eventId, streamId, streamId, type, Buffer.concat([draft, stamp]));
  if (inserted.changes === 1n) return { kind: 'new', position: inserted.lastInsertRowid as bigint };
  const stored = statements.byEventId.get(eventId) as { position: bigint; envelope: Uint8Array };
  if (!isStampedDraft(stored.envelope, draft)) return { kind: 'other_content' };
  return { kind: 'duplicate', position: stored.position };
}

function versionOf(statements: WriterStatements, streamId: string): bigint {
  return statements.streamVersion.get(streamId)?.version as bigint;
}
