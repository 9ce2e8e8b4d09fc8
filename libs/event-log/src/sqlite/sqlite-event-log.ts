import { type Clock, FaultError } from '@waybill/kernel';
import { createEndWatch } from '../end-watch.ts';
import { logClosed } from '../log-faults.ts';
import { eventReader } from '../page-stream.ts';
import type { EventLog } from '../ports.ts';
import { fileSource, type OpenFile } from './file-source.ts';
import type { Durability, WriteAnswer, WriteBatch, WriterSetup } from './messages.ts';
import { keepRecentEvents } from './recent-events.ts';
import { openPages } from './sqlite-event-reader.ts';
import { createProducers } from './sqlite-producers.ts';
import { openChannel } from './worker-channel.ts';
import { createWriteQueue } from './write-queue.ts';

export interface SqliteEventLogOptions {
  /** The database file; its folder is made when missing and belongs to this log's process while it is open. */
  readonly file: string;
  /**
   * What an acknowledged append survives. `power`: the end of the process, of the operating system, and a power cut,
   * as far as the disk keeps what an fsync has confirmed (each commit ends with one; on macOS with F_FULLFSYNC).
   * `process`: the end of the process by any means, kill -9 included, but after a power cut or a crash of the
   * operating system the last commits may be missing. In both the file stays whole and ends with a complete commit.
   */
  readonly durability: Durability;
  /** Dates the events of the producers' epochs. */
  readonly clock: Clock;
}

/**
 * An event log in one SQLite file, written and read in worker threads. Concurrent appends share a commit, and the
 * next commit starts as soon as the last one has ended.
 *
 * An append that finds the disk full fails with `unavailable` and stores nothing; later ones succeed once there is
 * space. After an I/O error nothing is acknowledged any more (`unavailable`, detail `reason: store_failed`) until the
 * log is opened again; what was refused then may or may not be found stored.
 *
 * While it is open the process must not open the file by other means than SQLite, such as copying it: closing a plain
 * handle would drop SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
 *
 * Rejects with a FaultError: `conflict` when another process (or log of this one) has the folder open, naming it and
 * its process id; `invalid` when the file is damaged, of another kind or of a newer format; `unavailable` when it
 * cannot be opened.
 */
export async function openSqliteEventLog({ file, durability, clock }: SqliteEventLogOptions): Promise<EventLog> {
  const script = new URL('./writer-worker.ts', import.meta.url);
  const channel = await openChannel<WriterSetup, WriteBatch, WriteAnswer>(script, { file, durability });
  const watch = createEndWatch();
  const recent = keepRecentEvents();
  const queue = createWriteQueue(channel, ({ end }, stored) => {
    recent.add(stored);
    watch.moveTo(end);
  });
  let reading: ReturnType<typeof openPages> | undefined;
  let closing: Promise<void> | undefined;

  const opened: OpenFile = {
    pages() {
      if (closing) return Promise.reject(new FaultError(logClosed()));
      reading ??= openPages(file);
      return reading;
    },
    knownEnd() {
      if (closing) throw new FaultError(logClosed());
      return watch.end();
    },
    recent,
  };

  async function shut(): Promise<void> {
    await queue.drained();
    watch.stop(logClosed());
    await reading?.then(
      (pages) => pages.close(),
      () => undefined,
    );
    await channel.close();
  }

  return {
    ...eventReader(fileSource(opened, watch.beyond)),
    openProducer: createProducers(queue, clock),
    close() {
      closing ??= shut();
      return closing;
    },
  };
}
