import { setTimeout } from 'node:timers/promises';
import { eventReader, type LogSource } from '../page-stream.ts';
import type { EventReader } from '../ports.ts';
import { endOf, fileSource } from './file-source.ts';
import type { Page, ReaderSetup, ReadRequest } from './messages.ts';
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
  const opened = { pages: () => Promise.resolve(channel), knownEnd: () => undefined };
  const waitBeyond: LogSource['waitBeyond'] = async (position, signal) => {
    while (!signal?.aborted && (await endOf(opened)) <= position) {
      await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return { ...eventReader(fileSource(opened, waitBeyond)), close: () => channel.close() };
}

/** Starts a reading thread. */
export function openPages(file: string) {
  return openChannel<ReaderSetup, ReadRequest, Page>(new URL('./reader-worker.ts', import.meta.url), { file });
}
