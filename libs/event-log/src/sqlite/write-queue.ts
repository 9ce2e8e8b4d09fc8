// Appends on their way to the writing thread; those that wait together share a commit.
import { FaultError, faultOf } from '@waybill/kernel';
import { encodeDraft } from '../envelope-bytes.ts';
import { createGroupCommit } from '../group-commit.ts';
import { queueFull } from '../log-faults.ts';
import type { EventDraft, StoredEvent } from '../ports.ts';
import type { AppendRequest, EventRow, WriteAnswer, WriteBatch, WriteOutcome } from './messages.ts';
import type { WorkerChannel } from './worker-channel.ts';

/** Appends that wait for a commit hold at most this much; beyond it they are refused. */
const maxWaitingBytes = 64 * 1024 * 1024;

export interface WriteQueue {
  /** Takes the events as they are now. Resolves when the commit has decided; rejects when the queue is full. */
  submit(request: Omit<AppendRequest, 'rows'>, events: readonly EventDraft[]): Promise<WriteOutcome>;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

interface WaitingAppend {
  readonly request: Omit<AppendRequest, 'rows'>;
  readonly events: readonly EncodedEvent[];
  resolve(outcome: WriteOutcome): void;
}

interface EncodedEvent {
  readonly draft: EventDraft;
  readonly envelope: Uint8Array;
}

export function createWriteQueue(
  channel: WorkerChannel<WriteBatch, WriteAnswer>,
  onCommit: (answer: WriteAnswer, stored: readonly StoredEvent[]) => void,
): WriteQueue {
  const group = createGroupCommit(commit);
  let waitingBytes = 0;

  async function submit(request: Omit<AppendRequest, 'rows'>, drafts: readonly EventDraft[]): Promise<WriteOutcome> {
    if (waitingBytes > maxWaitingBytes) throw new FaultError(queueFull());
    const events = drafts.map(encoded);
    for (const { envelope } of events) waitingBytes += envelope.length;
    return new Promise((resolve) => group.add({ request, events, resolve }));
  }

  async function commit(appends: readonly WaitingAppend[]): Promise<void> {
    waitingBytes = 0;
    const batch = batchOf(appends);
    try {
      const answer = await channel.ask(batch, [batch.envelopes.buffer]);
      appends.forEach(({ resolve }, index) => {
        resolve(answer.outcomes[index]!);
      });
      onCommit(
        answer,
        appends.flatMap((append, index) => newEvents(append, answer.outcomes[index]!)),
      );
    } catch (error) {
      for (const { resolve } of appends) resolve({ kind: 'refused', fault: faultOf(error) });
    }
  }

  return { submit, drained: group.drained };
}

/** What the caller does to its draft from now on does not show. */
function encoded(draft: EventDraft): EncodedEvent {
  return { draft: { ...draft, payload: Buffer.from(draft.payload) }, envelope: encodeDraft(draft) };
}

/** The events as they are stored; none of an append that repeats some, since there it is not known which are new. */
function newEvents({ request, events }: WaitingAppend, outcome: WriteOutcome): StoredEvent[] {
  if (outcome.kind !== 'stored' || outcome.appended.duplicates > 0) return [];
  const { producerId, epoch } = request;
  const { appended, lastNumber } = outcome;
  return events.map(({ draft }, index) => {
    const behind = BigInt(events.length - 1 - index);
    const producer = { producerId, epoch, number: lastNumber - behind };
    return { position: appended.position - behind, envelope: { ...draft, producer } };
  });
}

function batchOf(appends: readonly WaitingAppend[]): WriteBatch {
  const size = appends.flatMap(({ events }) => events).reduce((sum, { envelope }) => sum + envelope.length, 0);
  const envelopes = new Uint8Array(size);
  let start = 0;
  const place = ({ draft: { eventId, streamId, type }, envelope }: EncodedEvent): EventRow => {
    envelopes.set(envelope, start);
    const row = { eventId, streamId, type, start, end: start + envelope.length };
    start = row.end;
    return row;
  };
  const requests = appends.map(({ request, events }) => ({ ...request, rows: events.map(place) }));
  return { requests, envelopes };
}
