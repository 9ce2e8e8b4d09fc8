// The messages of the stream after a sequence, as they come, in handfuls.
//
// The consumer is ephemeral, acknowledges nothing and starts from the archive's checkpoint: a durable one would be a
// second record of how far the archive has come, and the two could disagree after a crash.
import { setImmediate } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
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

/** Why there are no messages: none came in time, or the consumer is of no use any more. */
export type NoMessages = 'silent' | 'gone';

export interface StreamFollower {
  /** The next messages, at least one, unless none come for so long. */
  next(withinMs: number): Promise<readonly StreamMessage[] | NoMessages>;
  close(): Promise<void>;
}

export async function followStream(link: NatsLink, afterSequence: bigint): Promise<StreamFollower> {
  const { manager, publisher, stream } = link;
  const added = manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Number(afterSequence) + 1,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
  const { name } = await link.answer(added);
  const consumer = await link.answer(publisher.consumers.get(stream, name));
  const messages = await consumer.consume({
    max_messages: buffered,
    expires: expiresMs,
    abort_on_missing_resource: true,
  });
  const coming = messages[Symbol.asyncIterator]();
  let awaited: Promise<JsMsg | 'gone'> | undefined;

  async function nextMessage(): Promise<JsMsg | 'gone'> {
    try {
      const { value, done } = await coming.next();
      return done ? 'gone' : value;
    } catch {
      return 'gone';
    }
  }

  /** The next one, if it comes before `until` does. */
  async function nextBefore(until: Promise<unknown>): Promise<JsMsg | NoMessages> {
    awaited ??= nextMessage();
    const next = await Promise.race([awaited, until.then(() => 'silent' as const)]);
    if (next !== 'silent') awaited = undefined;
    return next;
  }

  return {
    async next(withinMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      const some: StreamMessage[] = [];
      let bytes = 0;
      let until: Promise<unknown> = late.promise;
      let next: JsMsg | NoMessages = 'silent';
      while (some.length < mostMessages && bytes < mostBytes) {
        next = await nextBefore(until);
        if (typeof next === 'string') break;
        some.push(streamMessage(next));
        bytes += next.data.length;
        // What has come already is taken along, what has not is not waited for.
        until = setImmediate();
      }
      clearTimeout(timer);
      if (some.length > 0) return some;
      return next === 'gone' ? 'gone' : 'silent';
    },
    async close() {
      // It resolves when everything was taken that had come, which nobody does any more.
      void messages.close();
      await coming.return?.();
      await link.answer(manager.consumers.delete(stream, name)).catch(() => undefined);
    },
  };
}
