import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { encodeDraft } from '../envelope-bytes.ts';
import type { EventDraft } from '../ports.ts';
import { openForWriting } from './database.ts';
import type { AppendRequest, WriteBatch, WriteOutcome } from './messages.ts';
import { createWriter, type Writer } from './writer.ts';

let folder: string;
let database: DatabaseSync;
let writer: Writer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-event-log-'));
  database = openForWriting(join(folder, 'events.sqlite'), 'power');
  writer = createWriter(database);
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const opensAfter = { epoch: 0n, lastNumber: 0n };

function append(events: readonly EventDraft[], different: Partial<AppendRequest> = {}): WriteOutcome {
  return writer.write(batchOf([events], different)).outcomes[0]!;
}

function batchOf(appends: readonly (readonly EventDraft[])[], different: Partial<AppendRequest> = {}): WriteBatch {
  const encoded: Uint8Array[] = [];
  let end = 0;
  const rowOf = (event: EventDraft) => {
    const envelope = encodeDraft(event);
    encoded.push(envelope);
    const start = end;
    end += envelope.length;
    return { eventId: event.eventId, streamId: event.streamId, type: event.type, start, end };
  };
  const requests = appends.map((events) => ({
    producerId: 'gateway',
    epoch: 1n,
    ...different,
    rows: events.map(rowOf),
  }));
  return { requests, envelopes: new Uint8Array(Buffer.concat(encoded)) };
}

function setPageLimit(pages: number): void {
  database.exec(`PRAGMA max_page_count = ${pages}`);
}

describe('a full disk', () => {
  test('refuses what finds no room, keeps what is there, and writes on when there is room again', () => {
    expect(append([draft('opened')], { opensAfter }).kind).toBe('stored');
    setPageLimit(30);
    const large = Buffer.alloc(200_000);
    const { outcomes } = writer.write(batchOf([[draft('small')], [draft('large', { payload: large })]]));
    const refused = { kind: 'refused', fault: { kind: 'unavailable', details: { reason: 'disk_full' } } };
    expect(outcomes).toMatchObject([refused, refused]);
    expect(append([draft('next')])).toMatchObject({ kind: 'stored', appended: { position: 2n } });
    setPageLimit(1_000_000);
    expect(append([draft('large', { payload: large })])).toMatchObject({ kind: 'stored', appended: { position: 3n } });
    const standing = database.prepare('SELECT epoch, last_number FROM producers').get();
    expect(standing).toMatchObject({ epoch: 1, last_number: 3 });
  });
});

describe('an epoch', () => {
  test('is opened only after the standing that it names', () => {
    expect(append([draft('opened')], { opensAfter }).kind).toBe('stored');
    const outcome = append([draft('opened again')], { epoch: 2n, opensAfter });
    expect(outcome).toEqual({ kind: 'standing', standing: { epoch: 1n, lastNumber: 1n } });
    const superseded = append([draft('late')], { epoch: 7n });
    expect(superseded).toMatchObject({ kind: 'refused', fault: { details: { reason: 'epoch_superseded' } } });
  });
});

describe('the write-ahead log', () => {
  test('is copied into the file as it grows, and used again from its beginning', () => {
    append([draft('opened')], { opensAfter });
    const walSize = () => statSync(join(folder, 'events.sqlite-wal')).size;
    for (let round = 0; round < 60; round += 1) {
      append([draft(`event-${round}`, { payload: Buffer.alloc(1_000_000) })]);
      writer.tidy();
    }
    expect(walSize()).toBeLessThan(30_000_000);
    expect(statSync(join(folder, 'events.sqlite')).size).toBeGreaterThan(40_000_000);
  });
});
