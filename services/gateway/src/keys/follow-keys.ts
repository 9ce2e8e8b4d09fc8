// Keys that were issued and revoked at other gateways, as the log tells of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventReader, events, type Position, type StoredEvent } from '@waybill/event-log';
import { type Fault, faultOf } from '@waybill/kernel';
import { type KeyBook, noteIssued, noteRevoked } from './key-book.ts';

/** All keys are one stream, so that they can be read at the start without the rest of the log. */
export const keyStream = 'virtual-keys';

export interface FollowOptions {
  readonly events: Pick<EventReader, 'subscribe'>;
  /** Everything up to here was read before. */
  readonly from: Position;
  readonly signal: AbortSignal;
  /** The log cannot be followed for the moment. */
  onFailed(because: Fault): void;
}

const types = [events.keyIssued.type, events.keyRevoked.type];
const pauseMs = 1_000;

/** Goes on until the signal aborts. While the log cannot be read the book stays as it is. */
export async function followKeys(book: KeyBook, { from, signal, ...options }: FollowOptions): Promise<void> {
  let position = from;
  while (!signal.aborted) {
    try {
      for await (const batch of options.events.subscribe(position, { types, signal })) {
        for (const event of batch) noteEvent(book, event);
        position = batch.at(-1)?.position ?? position;
      }
    } catch (thrown) {
      if (!signal.aborted) options.onFailed(faultOf(thrown));
    }
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Again and again without harm. */
export function noteEvent(book: KeyBook, { envelope }: StoredEvent): void {
  if (envelope.type === events.keyIssued.type) {
    noteIssued(book, events.keyIssued.decode(envelope), envelope.occurredAtMicros);
  } else if (envelope.type === events.keyRevoked.type) {
    noteRevoked(book, events.keyRevoked.decode(envelope));
  }
}
