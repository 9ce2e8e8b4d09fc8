// Writes to the log and never gives up what was begun. While anything waits for too long, no new calls come in.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventDraft, EventProducer } from '@waybill/event-log';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';

/** Events on their way into the log. */
export interface Entry {
  /** Resolves when they are durable, however long that takes; rejects when they never can be. */
  readonly durable: Promise<void>;
  /** Whether they became durable within the time that callers are kept waiting for it. Never rejects. */
  readonly inTime: Promise<boolean>;
}

export interface Books {
  /** Whether new calls may begin. */
  isOpen(): boolean;
  /** Appends the events together, again and again until they are durable. Nobody else has events with their ids. */
  enter(drafts: readonly EventDraft[]): Entry;
  /** Appends once; what cannot be written is lost and counted. Only for what no money hangs on. */
  note(drafts: readonly EventDraft[]): void;
  /** Stops trying: what is not durable by now is for the sweeper of the next start. */
  close(): void;
}

export interface BooksOptions {
  readonly producer: Pick<EventProducer, 'append'>;
  readonly durableWithinMs: number;
  /** Whether this process is for certain the one that writes under the producer's id; asked before each call. */
  isOurs(): boolean;
  /** Somebody else writes under it by now: nothing of this process will be written any more. */
  superseded(): void;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

const firstPauseMs = 20;
const longestPauseMs = 1_000;

export function keepBooks({ producer, durableWithinMs, isOurs, superseded, alarm }: BooksOptions): Books {
  const stop = new AbortController();
  let overdue = 0;
  let isLost = false;

  /** A conflict is final: somebody else has written these facts, or the log is another producer's by now. */
  async function insist(drafts: readonly EventDraft[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await producer.append(drafts, { fresh: true });
        return;
      } catch (thrown) {
        const failure = faultOf(thrown);
        if (failure.kind !== 'unavailable') throw rejected(failure);
        if (stop.signal.aborted) throw thrown;
      }
      await sleep(pauseMs, undefined, { signal: stop.signal });
    }
  }

  function rejected(failure: Fault): FaultError {
    noteLoss(failure);
    alarm('event_rejected', { err: failure });
    return new FaultError(failure);
  }

  function noteLoss({ details }: Fault): void {
    if (details.reason !== 'epoch_superseded' || isLost) return;
    isLost = true;
    superseded();
  }

  return {
    isOpen: () => overdue === 0 && !isLost && !stop.signal.aborted && isOurs(),
    enter(drafts) {
      const durable = insist(drafts);
      const inTime = new Promise<boolean>((resolve) => {
        const late = () => {
          overdue += 1;
          alarm('commit_overdue', { events: drafts.length });
          durable.catch(() => undefined).finally(() => (overdue -= 1));
          resolve(false);
        };
        const stopWaiting = wait(durableWithinMs, late);
        const decide = (isDurable: boolean) => () => {
          stopWaiting();
          resolve(isDurable);
        };
        durable.then(decide(true), decide(false));
      });
      return { durable, inTime };
    },
    note(drafts) {
      producer.append(drafts, { fresh: true }).catch((thrown: unknown) => {
        noteLoss(faultOf(thrown));
        alarm('note_not_written', { err: faultOf(thrown) });
      });
    },
    close: () => stop.abort(),
  };
}

const stepMs = 100;

/**
 * Calls `late` after the time given, counted in steps: a moment in which this process was too busy to read the log's
 * answer counts as one step, however long it was. Returns how to stop.
 */
function wait(ms: number, late: () => void): () => void {
  let leftMs = ms;
  const step = () => {
    leftMs -= stepMs;
    if (leftMs <= 0) late();
    else timer = setTimeout(step, Math.min(stepMs, leftMs));
  };
  let timer = setTimeout(step, Math.min(stepMs, leftMs));
  return () => clearTimeout(timer);
}

/** What a caller is told while the books are closed. */
export function booksClosed(): FaultError {
  const message = 'the event log cannot be written at the moment, so no call is taken in';
  return new FaultError(fault('unavailable', message, { details: { reason: 'books_closed' }, retryAfterMs: 1_000 }));
}
