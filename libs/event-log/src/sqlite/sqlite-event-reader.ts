import { setTimeout } from 'node:timers/promises';
import type { EventReader } from '../ports.ts';
import type { Page, ReaderSetup, ReadRequest } from './messages.ts';
import { endOf, followBatches, type LogSource, readBatches, readStream, type WaitBeyond } from './page-stream.ts';
import { openChannel } from './worker-channel.ts';

/** How often a reader without the writer in its process looks for new events. */
const lookEveryMs = 100;

export interface SqliteEventReader extends EventReader {
  close(): Promise<void>;
}

/**
 * Opens the log read-only, whether or not a process is writing it. Throws a FaultError that names the file and the
 * fix: `not_found` when there is none, `invalid` when it is no log this version knows, `unavailable` when the file
 * cannot be opened.
 */
export async function openSqliteEventReader(file: string): Promise<SqliteEventReader> {
  const channel = await openPages(file);
  const source = { pages: () => Promise.resolve(channel), knownEnd: () => undefined };
  const waitBeyond: WaitBeyond = async (position, signal) => {
    while (!signal?.aborted && (await endOf(source)) <= position) {
      await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return { ...eventReader(source, waitBeyond), close: () => channel.close() };
}

/** A reader's side of the port. */
export function eventReader(source: LogSource, waitBeyond: WaitBeyond): EventReader {
  return {
    read: (after, options) => readBatches(source, after, options),
    readStream: (streamId) => readStream(source, streamId),
    subscribe: (after, options) => followBatches(source, waitBeyond, after, options),
    end: () => endOf(source),
  };
}

/** Starts a reading thread. */
export function openPages(file: string) {
  return openChannel<ReaderSetup, ReadRequest, Page>(new URL('./reader-worker.ts', import.meta.url), { file });
}
