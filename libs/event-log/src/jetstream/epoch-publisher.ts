// Publishes what one epoch of a producer appends, one batch after the other, and keeps each until the archive has it.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';
import type { ProducerDocument } from '../archive/archive-documents.ts';
import { createGroupCommit } from '../group-commit.ts';
import { epochSuperseded, logClosed } from '../log-faults.ts';
import { align, type ProducerIdentity, type ProducerStanding } from './alignment.ts';
import {
  isOwn,
  type LeftBehind,
  leaveBehind,
  nextToPublish,
  openedState,
  takeAlignment,
  takeAnswer,
  takeBatches,
  takeRecord,
} from './epoch-state.ts';
import { isUnanswered, isWrongSequence } from './nats-faults.ts';
import type { NatsLink } from './nats-link.ts';
import type { PendingAppend } from './pending-append.ts';
import { formBatches, type PendingBatch } from './pending-batch.ts';
import { lastMessageOf, maxBodyBytes, messageAt, publishBatch } from './stream-messages.ts';
import { subjectsOf } from './subjects.ts';

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** Failures in a row from which on somebody has to see them. */
const alarmingFailures = 3;
/** Requests without an answer in a row after which the connection is made anew. */
const unansweredFailures = 2;

export interface PublisherWorld {
  readonly link: NatsLink;
  readonly shards: number;
  /** Aborts when the log is closed and nobody waits any longer. */
  readonly stop: AbortSignal;
  /** The archive's record of the producer. */
  standing(producerId: string): Promise<ProducerStanding | undefined>;
  /** Finds out what has become of the appends of an epoch that is over, and tells those who wait. */
  bury(remains: Remains): void;
  /** Tells those who wait what the archive has made of the appends. */
  settle(appends: readonly PendingAppend[]): void;
  /** Tells those who wait that nothing will come of the appends. */
  refuse(appends: readonly PendingAppend[], reason: Fault): void;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** What an epoch that was superseded leaves behind. */
export interface Remains extends LeftBehind {
  readonly identity: ProducerIdentity;
}

export interface EpochPublisher {
  readonly identity: ProducerIdentity;
  submit(append: PendingAppend): void;
  /** Compares what the stream has with what it has acknowledged, if anything hangs on it. */
  check(): void;
  /** Lets go of what the archive has, and publishes again what it misses. */
  hear(record: ProducerDocument): void;
  hasPending(): boolean;
  /** Resolves when everything submitted is published or refused. */
  drained(): Promise<void>;
  /** Why nothing more is taken, once that is so. */
  refusal(): Fault | undefined;
  /** To be called when this process has opened the next epoch. */
  supersede(): void;
}

/** What the lane does one after the other. */
type Task = { readonly kind: 'append'; readonly append: PendingAppend } | { readonly kind: 'check' };

/** An epoch that was just opened: `opened` is its first batch, acknowledged. */
export function createEpochPublisher(
  world: PublisherWorld,
  identity: ProducerIdentity,
  opened: PendingBatch & { readonly sequence: number },
): EpochPublisher {
  const { link, stop } = world;
  const { producerId, epoch, opening } = identity;
  const lastOf = subjectsOf(producerId).all;
  const lane = createGroupCommit(work);
  const state = openedState(identity, opened);
  let refusal: Fault | undefined;

  async function work(tasks: readonly Task[]): Promise<void> {
    const appends = tasks.flatMap((task) => (task.kind === 'append' ? task.append : []));
    if (refusal) {
      world.refuse(appends, refusal);
      return;
    }
    try {
      if (appends.length > 0) await take(appends);
    } catch (thrown) {
      world.refuse(appends, faultOf(thrown));
    }
    if (tasks.some(({ kind }) => kind === 'check') && state.batches.length > 0) {
      state.isInDoubt ||= !(await isAsExpected());
    }
    await publishAll();
  }

  async function take(appends: readonly PendingAppend[]): Promise<void> {
    const limits = { shards: world.shards, maxBodyBytes: maxBodyBytes(link) };
    const { batches, tooLarge } = await formBatches(identity, state.nextNumber, appends, limits);
    for (const { append, fault } of tooLarge) world.refuse([append], fault);
    takeBatches(state, batches);
  }

  async function isAsExpected(): Promise<boolean> {
    const last = await lastMessageOf(link, lastOf).catch(() => undefined);
    return last?.sequence === state.expectedSequence && last.opening === opening;
  }

  async function publishAll(): Promise<void> {
    for (let failures = 0; !refusal; ) {
      const next = nextToPublish(state);
      if (!next && !state.isInDoubt) return;
      try {
        if (state.isInDoubt || !next) {
          await resolveDoubt();
        } else {
          await publish(next);
          failures = 0;
        }
      } catch (thrown) {
        state.isInDoubt = true;
        if (stop.aborted) return giveUp();
        failures += 1;
        await recover(thrown, failures);
      }
    }
  }

  async function recover(thrown: unknown, failures: number): Promise<void> {
    // A connection that is open on this side only would be found out by pings, but later.
    if (failures === unansweredFailures && isUnanswered(thrown)) link.connection.reconnect().catch(() => undefined);
    if (failures === alarmingFailures) world.alarm('events_not_published', { producer_id: producerId, err: thrown });
    // The first wrong sequence is answered by looking, not by waiting.
    if (failures > 1 || !isWrongSequence(thrown)) await pause(failures);
  }

  async function pause(failures: number): Promise<void> {
    const reconnected = Promise.withResolvers<void>();
    const forget = link.onReconnect(reconnected.resolve);
    const ms = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
    await Promise.race([sleep(ms, undefined, { signal: stop }).catch(() => undefined), reconnected.promise]);
    forget();
  }

  async function publish(batch: PendingBatch): Promise<void> {
    const { firstNumber, subject, body, usedIds } = batch;
    const { expectedSequence } = state;
    const messageId = [producerId, epoch, opening, firstNumber, ...(usedIds > 0 ? [usedIds] : [])].join('/');
    const { seq, duplicate } = await publishBatch(link, { subject, body, messageId, expectedSequence, lastOf });
    // The server remembers ids of messages that were purged or lost.
    if (duplicate && !(await isMessageOf(batch, seq))) batch.usedIds += 1;
    else takeAnswer(state, batch, seq);
  }

  async function isMessageOf({ body }: PendingBatch, sequence: number): Promise<boolean> {
    const found = await messageAt(link, sequence);
    return found !== undefined && Buffer.compare(found.body.bytes, body.bytes) === 0;
  }

  async function resolveDoubt(): Promise<void> {
    const last = await lastMessageOf(link, lastOf);
    const mustAsk = state.mustAskArchive || !isOwn(state, last);
    const archived = mustAsk ? await world.standing(producerId) : undefined;
    const alignment = align(identity, last, archived);
    if (alignment.kind === 'superseded') end();
    else settle(takeAlignment(state, alignment, { last, archived }));
  }

  function settle(archived: readonly PendingBatch[]): void {
    if (archived.length > 0) world.settle(archived.flatMap(({ appends }) => appends));
  }

  function end(): void {
    if (refusal) return;
    refusal = epochSuperseded(producerId, epoch);
    world.bury({ identity, ...leaveBehind(state) });
  }

  function giveUp(): void {
    refusal ??= logClosed();
    world.refuse(leaveBehind(state).uncertain, refusal);
  }

  return {
    identity,
    submit: (append) => lane.add({ kind: 'append', append }),
    check: () => lane.add({ kind: 'check' }),
    hear(record) {
      if (refusal) return;
      const { archived, isMissing } = takeRecord(state, record);
      settle(archived);
      if (isMissing) lane.add({ kind: 'check' });
    },
    hasPending: () => state.batches.length > 0,
    drained: lane.drained,
    refusal: () => refusal,
    supersede: end,
  };
}
