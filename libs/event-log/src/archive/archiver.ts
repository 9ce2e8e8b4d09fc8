// Copies the stream into the archive, as long as it is in charge.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, FaultError, faultOf } from '@waybill/kernel';
import type { Lease } from '@waybill/leases';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { connectNats, type NatsLink } from '../jetstream/nats-link.ts';
import type { NatsSettings } from '../jetstream/nats-settings.ts';
import { messageAt } from '../jetstream/stream-messages.ts';
import { archiveMovedSubject } from '../jetstream/subjects.ts';
import type { CheckpointDocument } from './archive-documents.ts';
import { archiveMessages, checkpointMoved, writableArchive } from './archive-writer.ts';
import { type ReadMessage, readMessage } from './read-message.ts';
import { checkStream, type StreamCheck } from './stream-check.ts';
import { damageFault } from './stream-damage.ts';
import { followStream, type NoMessages, type StreamFollower } from './stream-follower.ts';
import { createTrimmer } from './trimming.ts';

/** How often the stream is looked at, whether or not anything comes. */
const checkEveryMs = 5_000;
/** How long nothing may come although something is there. */
const silentForMs = 2_000;
const haltedPauseMs = 1_000;
const alarmHaltedEveryMs = 60_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export interface ArchiverOptions {
  readonly nats: NatsSettings & { readonly maxBytes: number };
  /** Where the archive is; was prepared by `prepareArchive`. */
  readonly mongodb: MongoConnection;
  /** Being in charge; it ends when this does. */
  readonly lease: Pick<Lease, 'isHeld' | 'lost'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
  /** Told every few seconds how the stream and the archive stand to each other. */
  onStanding?(standing: ArchiveStanding): void;
  /** Messages that stay in the stream behind the checkpoint; default 10,000. */
  readonly keptMessages?: number;
}

export interface ArchiveStanding {
  /** Messages of the stream that the archive does not have yet. */
  readonly messagesBehind: number;
  /** Bytes that the stream holds, of those that it may. */
  readonly streamBytes: number;
  readonly streamBytesMax: number;
}

/** Why an archiver has ended. */
export type ArchiverEnd = 'stopped' | 'lease_lost' | 'superseded';

/**
 * Runs until the signal aborts, the lease is lost, or another archiver has moved the checkpoint (`superseded`): then
 * nothing of what it was about to write is written. It goes on through failures of NATS and MongoDB.
 *
 * When the stream is not the one any more that the archive was filled from, it halts: it raises the alarm
 * `event_log_behind_record`, archives nothing, and goes on by itself once `repairEventLog` has been run. Never throws.
 */
export async function runArchiver(options: ArchiverOptions): Promise<ArchiverEnd> {
  const { nats, lease, signal, alarm } = options;
  const over = AbortSignal.any([signal, lease.lost]);
  let link: NatsLink | undefined;
  let archiver: ReturnType<typeof createArchiver> | undefined;
  try {
    for (let failures = 0; !over.aborted && lease.isHeld(); ) {
      try {
        link ??= await connectNats({ nats, name: 'archiver', alarm });
        archiver ??= createArchiver(options, link, over);
        await archiver.run();
        failures = 0;
      } catch (thrown) {
        if (faultOf(thrown).details.reason === 'checkpoint_moved') return 'superseded';
        failures += 1;
        if (!over.aborted && isAlarming(failures)) alarm('archiver_failed', { err: thrown });
        const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
        await sleep(pauseMs, undefined, { signal: over }).catch(() => undefined);
      }
    }
    return signal.aborted ? 'stopped' : 'lease_lost';
  } finally {
    await archiver?.close();
    await link?.close();
  }
}

/** A server that is started again is no alarm; one that stays away is, again and again. */
function isAlarming(failures: number): boolean {
  return failures === 3 || failures % 30 === 0;
}

interface Copying {
  readonly follower: StreamFollower;
  readonly interrupted: Promise<'gone'>;
  readonly from: CheckpointDocument;
}

function createArchiver(options: ArchiverOptions, link: NatsLink, over: AbortSignal) {
  const { mongodb, lease, clock, alarm } = options;
  const writable = writableArchive(mongodb);
  const trimmer = createTrimmer({ ...options, link });
  let halted: { damage: string; alarmedAtMs: number } | undefined;
  /** Where this archiver has left the checkpoint, or may have. */
  let left: readonly bigint[] = [];

  /** Follows the stream from the checkpoint until it is damaged, the consumer is of no use, or it is over. */
  async function run(): Promise<void> {
    const checkpoint = await readCheckpoint();
    if (left.length > 0 && !left.includes(checkpoint.sequence)) throw checkpointMoved(left[0]!);
    const check = await look(checkpoint);
    if (check.damage) return halt(check, checkpoint);
    halted = undefined;
    const follower = await followStream(link, checkpoint.sequence);
    const interruption = interruptible(link, over);
    try {
      await copy({ follower, interrupted: interruption.came, from: checkpoint });
    } finally {
      interruption.forget();
      await follower.close();
    }
  }

  async function copy({ follower, interrupted, from }: Copying): Promise<void> {
    let checkpoint = from;
    let checkedAtMs = clock.monotonicMs();
    let isStuck = false;
    for (let coming = nextOf(follower); !over.aborted; ) {
      const messages = await Promise.race([coming, interrupted]);
      if (over.aborted || messages === 'gone') return;
      // The next ones are read while these are written.
      coming = nextOf(follower);
      if (typeof messages !== 'string') {
        const next = await archive(messages, checkpoint);
        if (!next) return;
        checkpoint = next;
        if (clock.monotonicMs() - checkedAtMs < checkEveryMs) continue;
      }
      const now = await look(checkpoint);
      if (now.damage) return;
      checkedAtMs = clock.monotonicMs();
      await trimmer.trim(now, checkpoint);
      // Something is there, and does not come: the second time it is not by chance.
      const wasStuck = isStuck;
      isStuck = messages === 'silent' && now.facts!.lastSequence > checkpoint.sequence;
      if (isStuck && wasStuck) return;
    }
  }

  async function look(checkpoint: CheckpointDocument): Promise<StreamCheck> {
    const check = await checkStream(link, checkpoint);
    const last = check.facts?.lastSequence ?? checkpoint.sequence;
    options.onStanding?.({
      messagesBehind: Math.max(0, Number(last - checkpoint.sequence)),
      streamBytes: check.bytes,
      streamBytesMax: options.nats.maxBytes,
    });
    trimmer.watch(check, checkpoint);
    return check;
  }

  /** Undefined when the messages cannot be taken as they are. */
  async function archive(
    messages: readonly ReadMessage[],
    from: CheckpointDocument,
  ): Promise<CheckpointDocument | undefined> {
    if (!(await hasNothingBefore(messages, from.sequence))) return undefined;
    if (!lease.isHeld()) return undefined;
    left = [from.sequence, messages.at(-1)!.sequence];
    let isChecked = false;
    const step = { messages, from, takesGap: () => isChecked };
    let archived = await archiveMessages(writable, step);
    if (archived === 'gap') {
      // Before numbers are taken for missing: the stream may not be the one any more that they were in.
      if ((await checkStream(link, from)).damage) return undefined;
      isChecked = true;
      archived = await archiveMessages(writable, step);
    }
    if (archived === 'gap') return undefined;
    const { checkpoint, plan } = archived;
    for (const finding of plan.findings) alarm(finding.alarm, finding.details);
    link.connection.publish(archiveMovedSubject, String(checkpoint.end));
    return checkpoint;
  }

  /**
   * False when a message before these was lost on its way here. Nothing is ever deleted from the middle of the stream:
   * what is not there either was lost by the server.
   */
  async function hasNothingBefore(messages: readonly ReadMessage[], after: bigint): Promise<boolean> {
    let last = after;
    for (const { sequence } of messages) {
      if (sequence !== last + 1n) {
        if (await messageAt(link, Number(last + 1n))) return false;
        alarm('stream_messages_missing', { first: last + 1n, last: sequence - 1n });
      }
      last = sequence;
    }
    return true;
  }

  /** The checkpoint may be moved by a repair from now on. */
  async function halt({ damage, facts }: StreamCheck, checkpoint: CheckpointDocument): Promise<void> {
    left = [];
    const nowMs = clock.monotonicMs();
    if (damage && (halted?.damage !== damage || nowMs - halted.alarmedAtMs > alarmHaltedEveryMs)) {
      const { message, details } = damageFault(damage, facts, checkpoint);
      alarm('event_log_behind_record', { ...details, message });
      halted = { damage, alarmedAtMs: nowMs };
    }
    await sleep(haltedPauseMs, undefined, { signal: over }).catch(() => undefined);
  }

  async function readCheckpoint(): Promise<CheckpointDocument> {
    const found = await writable.collections.checkpoint.findOne({ _id: 'archive' }).catch((thrown: unknown) => {
      throw mongoFault(thrown, 'the event archive cannot be read');
    });
    if (!found) throw new FaultError(faultOf(new Error('the archive was not prepared')));
    return found;
  }

  return { run, close: () => writable.writer.close() };
}

function nextOf(follower: StreamFollower): Promise<readonly ReadMessage[] | NoMessages> {
  const next = follower.next(silentForMs).then(async (messages): Promise<readonly ReadMessage[] | NoMessages> => {
    return typeof messages === 'string' ? messages : Promise.all(messages.map(readMessage));
  });
  // Whoever ends does not wait for it.
  next.catch(() => undefined);
  return next;
}

/** Resolves when the consumer may not be there any more, or it is over. */
function interruptible(link: NatsLink, over: AbortSignal): { readonly came: Promise<'gone'>; forget(): void } {
  const came = Promise.withResolvers<'gone'>();
  const interrupt = () => came.resolve('gone');
  const forgetLink = link.onReconnect(interrupt);
  over.addEventListener('abort', interrupt, { once: true });
  return {
    came: came.promise,
    forget() {
      forgetLink();
      over.removeEventListener('abort', interrupt);
    },
  };
}
