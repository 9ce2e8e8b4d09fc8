// How far the archive has come, as this process knows it, and those who wait for it to come further.
import { FaultError, fault } from '@waybill/kernel';
import { mongoFault } from '@waybill/mongodb';
import type { Collection } from 'mongodb';
import { createEndWatch } from '../end-watch.ts';
import { logClosed } from '../log-faults.ts';
import type { Position } from '../ports.ts';
import { sharedQuestion } from '../shared-question.ts';
import type { CheckpointDocument } from './archive-documents.ts';

/** How often the archive is asked when nobody says that it has moved. */
const pollEveryMs = 1_000;

export interface ArchiveWatch {
  /** Asks the archive. Throws when it cannot be read, or the log is closed. */
  ask(): Promise<CheckpointDocument>;
  /** What was heard last; asks when nothing was. */
  known(): Promise<CheckpointDocument>;
  /** To be called when somebody says that the archive has moved. */
  moved(): void;
  /**
   * Resolves when the archive has everything of the stream up to the sequence. Throws `unavailable` with detail
   * `reason: archive_behind` when that takes longer than `withinMs`.
   */
  reached(sequence: bigint, withinMs: number): Promise<CheckpointDocument>;
  /** Resolves when the archive has events beyond the position or the signal aborts. */
  beyond(position: Position, signal: AbortSignal | undefined): Promise<void>;
  /** Calls the listener whenever the archive has come further. */
  onMove(listener: () => void): void;
  close(): void;
}

export function watchArchive(checkpoint: Collection<CheckpointDocument>): ArchiveWatch {
  const end = createEndWatch();
  const listeners = new Set<() => void>();
  let last: CheckpointDocument | undefined;
  let isClosed = false;

  async function read(): Promise<CheckpointDocument> {
    if (isClosed) throw new FaultError(logClosed());
    const found = await checkpoint.findOne({ _id: 'archive' }).catch((thrown: unknown) => {
      throw mongoFault(thrown, 'the event archive cannot be read');
    });
    if (isClosed) throw new FaultError(logClosed());
    if (!found) throw new FaultError(fault('unavailable', 'the event archive was not prepared'));
    hear(found);
    return found;
  }

  function hear(found: CheckpointDocument): void {
    const hasMoved = !last || found.sequence > last.sequence;
    last = found;
    end.moveTo(found.end);
    if (hasMoved) for (const listener of [...listeners]) listener();
  }

  const ask = sharedQuestion(read);
  const askQuietly = () => void ask().catch(() => undefined);
  const poll = setInterval(askQuietly, pollEveryMs);
  poll.unref();

  return {
    ask,
    async known() {
      if (isClosed) throw new FaultError(logClosed());
      return last ?? ask();
    },
    moved: askQuietly,
    async reached(sequence, withinMs) {
      const isThere = () => last && last.sequence >= sequence;
      if (!isClosed && isThere()) return last!;
      await ask();
      if (!isThere()) await moves(listeners, { until: isThere, withinMs, isClosed: () => isClosed });
      return last!;
    },
    beyond: end.beyond,
    onMove: (listener) => void listeners.add(listener),
    close() {
      isClosed = true;
      clearInterval(poll);
      end.stop(logClosed());
      for (const listener of [...listeners]) listener();
    },
  };
}

interface Awaited {
  until(): boolean | undefined;
  isClosed(): boolean;
  readonly withinMs: number;
}

function moves(listeners: Set<() => void>, { until, isClosed, withinMs }: Awaited): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: FaultError) => {
      clearTimeout(timer);
      listeners.delete(listener);
      if (error) reject(error);
      else resolve();
    };
    const listener = () => {
      if (isClosed()) settle(new FaultError(logClosed()));
      else if (until()) settle();
    };
    const timer = setTimeout(() => settle(new FaultError(archiveBehind())), withinMs);
    listeners.add(listener);
  });
}

function archiveBehind() {
  const message = 'the event archive has not come as far as the event log: is an archiver running?';
  return fault('unavailable', message, { details: { reason: 'archive_behind' } });
}
