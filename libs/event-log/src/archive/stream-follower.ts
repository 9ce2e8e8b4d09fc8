// The messages of the stream after a sequence, as they come, in handfuls.
//
// The consumer is ephemeral, acknowledges nothing and starts from the archive's checkpoint: a durable one would be a
// second record of how far the archive has come, and the two could disagree after a crash.
import { setImmediate } from 'node:timers/promises';
import { AckPolicy, type ConsumerMessages, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsLink } from '../jetstream/nats-link.ts';
import { streamMessage } from '../jetstream/stream-messages.ts';
import type { StreamMessage } from './read-message.ts';

const mostMessages = 256;
const mostBytes = 4 * 1024 * 1024;
/** Messages that may be on their way. */
const buffered = 512;
const expiresMs = 5_000;
/** The server removes a consumer of which nobody asks for so long. */
const inactiveMs = 30_000;

export interface StreamFollower {
  /** The next messages, at least one; undefined when nothing has come for so long, or the consumer is gone. */
  next(withinMs: number): Promise<readonly StreamMessage[] | undefined>;
  close(): Promise<void>;
}

export async function followStream(link: NatsLink, afterSequence: bigint): Promise<StreamFollower> {
  const { manager, publisher, stream } = link;
  const { name } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Number(afterSequence) + 1,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
  const consumer = await publisher.consumers.get(stream, name);
  const messages = await consumer.consume({
    max_messages: buffered,
    expires: expiresMs,
    abort_on_missing_resource: true,
  });
  const coming = messages[Symbol.asyncIterator]();
  let awaited: Promise<IteratorResult<JsMsg>> | undefined;

  /** The next one, if it comes before `until` does. */
  async function nextBefore(until: Promise<unknown>): Promise<JsMsg | undefined> {
    awaited ??= coming.next();
    const first = await Promise.race([awaited, until.then(() => undefined)]);
    if (!first) return undefined;
    awaited = undefined;
    return first.done ? undefined : first.value;
  }

  return {
    async next(withinMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      const some: StreamMessage[] = [];
      let bytes = 0;
      for (let until: Promise<unknown> = late.promise; some.length < mostMessages && bytes < mostBytes; ) {
        const message = await nextBefore(until);
        if (!message) break;
        some.push(streamMessage(message));
        bytes += message.data.length;
        // What has come already is taken along, what has not is not waited for.
        until = setImmediate();
      }
      clearTimeout(timer);
      return some.length > 0 ? some : undefined;
    },
    close: () => closeConsumer(messages, () => manager.consumers.delete(stream, name)),
  };
}

async function closeConsumer(messages: ConsumerMessages, remove: () => Promise<boolean>): Promise<void> {
  await messages.close().catch(() => undefined);
  await remove().catch(() => undefined);
}
