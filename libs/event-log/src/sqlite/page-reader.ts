// Reads pages of events, bounded in number and bytes.
import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../ports.ts';
import type { Page, ReadRequest } from './messages.ts';

const maxPageBytes = 1024 * 1024;

type Row = readonly [position: Position, envelope: Uint8Array];

/** Answers requests from the file; throws what SQLite throws. */
export function createPageReader(database: DatabaseSync): (request: ReadRequest) => Page {
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement;
  };
  const selectEnd = prepare('SELECT coalesce(max(position), 0) FROM events');
  const selectStream = prepare('SELECT position, envelope FROM events WHERE stream_id = ? ORDER BY stream_version');
  const selectPage = prepare(`SELECT position, envelope FROM events
    WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`);
  const selectPageOfTypes = prepare(`SELECT position, envelope FROM events
    WHERE position > ? AND position <= ? AND type IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`);

  return (request) => {
    if (request.kind === 'end') return pageOf([], endIn(selectEnd.get()));
    if (request.kind === 'stream') {
      const rows = [...rowsOf(selectStream.iterate(request.streamId))];
      return pageOf(rows, rows.at(-1)?.[0] ?? 0n);
    }
    const { after, until, types, limit } = request;
    const found = types
      ? selectPageOfTypes.iterate(after, until, JSON.stringify(types), limit)
      : selectPage.iterate(after, until, limit);
    const { rows, isCut } = upTo(maxPageBytes, rowsOf(found));
    return pageOf(rows, isCut || rows.length === limit ? rows.at(-1)![0] : until);
  };
}

function endIn(row: unknown): Position {
  return (row as [Position])[0];
}

function rowsOf(found: Iterable<unknown>): Iterable<Row> {
  return found as Iterable<Row>;
}

function upTo(maxBytes: number, found: Iterable<Row>): { rows: Row[]; isCut: boolean } {
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of found) {
    rows.push(row);
    bytes += row[1].length;
    if (bytes >= maxBytes) return { rows, isCut: true };
  }
  return { rows, isCut: false };
}

function pageOf(rows: readonly Row[], scannedTo: Position): Page {
  const positions = BigInt64Array.from(rows, ([position]) => position);
  const lengths = Uint32Array.from(rows, ([, envelope]) => envelope.length);
  const envelopes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const [, envelope] of rows) {
    envelopes.set(envelope, start);
    start += envelope.length;
  }
  return { positions, lengths, envelopes, scannedTo };
}
