// Messages of the stream: how they are published and found again.
import type { PubAck, StoredMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { StreamMessage } from '../archive/read-message.ts';
import { type BatchBody, decodeBatch, envelopesOf } from '../batch-body.ts';
import type { LastMessage } from './alignment.ts';
import type { NatsLink } from './nats-link.ts';

const encodingHeader = 'Waybill-Encoding';
const acknowledgedWithinMs = 2_000;
/** What the headers of a message may take, bytes. */
const headerBytes = 4_096;

export interface Publishing {
  readonly subject: string;
  readonly body: BatchBody;
  /** The same for the same batch, whenever it is published. */
  readonly messageId: string;
  /** Sequence that the last message of `lastOf` must have; 0 when there must be none. */
  readonly expectedSequence: number;
  /** Subjects, with a wildcard for the shard. */
  readonly lastOf: string;
}

/** Bytes that a body may have. */
export function maxBodyBytes({ connection }: NatsLink): number {
  return (connection.info?.max_payload ?? 1_048_576) - headerBytes;
}

/** Publishes once. What it throws does not say that the message is not in the stream, except for a wrong sequence. */
export async function publishBatch(link: NatsLink, publishing: Publishing): Promise<PubAck> {
  const { subject, body, messageId, expectedSequence, lastOf } = publishing;
  const acknowledged = link.publisher.publish(subject, body.bytes, {
    msgID: messageId,
    timeout: acknowledgedWithinMs,
    expect: { lastSubjectSequence: expectedSequence, lastSubjectSequenceSubject: lastOf },
    headers: headersOf(body),
  });
  return link.answer(acknowledged);
}

function headersOf({ encoding }: BatchBody) {
  const made = headers();
  if (encoding !== 'identity') made.set(encodingHeader, encoding);
  return made;
}

/** What a stored or delivered message carries. */
export function streamMessage(message: Pick<StoredMsg, 'subject' | 'seq' | 'data'> & WithHeaders): StreamMessage {
  const given = (message.header ?? message.headers)?.get(encodingHeader);
  const encoding = given === 'zstd' ? 'zstd' : 'identity';
  return { sequence: BigInt(message.seq), subject: message.subject, body: { encoding, bytes: message.data } };
}

interface WithHeaders {
  readonly header?: { get(name: string): string } | undefined;
  readonly headers?: { get(name: string): string } | undefined;
}

/** The stream's message with that sequence, as its leader has it. */
export async function messageAt(link: NatsLink, sequence: number): Promise<StreamMessage | undefined> {
  const found = await link.ask(() => link.manager.streams.getMessage(link.stream, { seq: sequence }));
  return found ? streamMessage(found) : undefined;
}

/** The last message of a producer's subjects, as the stream's leader has it. */
export async function lastMessageOf(link: NatsLink, lastOf: string): Promise<LastMessage | undefined> {
  const found = await link.ask(() => link.manager.streams.getMessage(link.stream, { last_by_subj: lastOf }));
  if (!found) return undefined;
  const batch = await decodeBatch(streamMessage(found).body);
  const { epoch, opening, firstNumber } = batch;
  const lastNumber = firstNumber + BigInt(envelopesOf(batch).length - 1);
  return { sequence: found.seq, epoch, opening, lastNumber };
}
