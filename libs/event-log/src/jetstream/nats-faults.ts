// What the client throws, as faults. Its messages are kept as the cause: they may name hosts and users.
import { JetStreamApiError } from '@nats-io/jetstream';
import { RequestError, TimeoutError } from '@nats-io/transport-node';
import { FaultError, fault } from '@waybill/kernel';

// Error codes of the server: https://github.com/nats-io/nats-server/blob/main/server/errors.json
const wrongLastSequence = [10_071, 10_164];
const streamNotFound = 10_059;
const storeFailed = 10_077;

/** `unavailable` for whatever may pass. */
export function natsFault(thrown: unknown, what: string): FaultError {
  if (thrown instanceof FaultError) return thrown;
  return new FaultError(fault('unavailable', what, { details: { reason: reasonOf(thrown) }, cause: thrown }));
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof JetStreamApiError) return thrown.code === storeFailed ? 'stream_full' : `nats_${thrown.code}`;
  const cause = thrown instanceof Error && thrown.cause instanceof RequestError ? thrown.cause : thrown;
  if (cause instanceof RequestError && cause.isNoResponders()) return 'no_stream_listens';
  return thrown instanceof Error ? thrown.name : 'unknown';
}

/** Claims that the last message of the expected subjects was another one. */
export function isWrongSequence(thrown: unknown): boolean {
  return thrown instanceof JetStreamApiError && wrongLastSequence.includes(thrown.code);
}

export function isStreamMissing(thrown: unknown): boolean {
  return thrown instanceof JetStreamApiError && thrown.code === streamNotFound;
}

/** Claims that no answer came at all. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof TimeoutError;
}
