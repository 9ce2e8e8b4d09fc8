import { Metadata } from '@grpc/grpc-js';

// Each side says at the start what it can take: one frame too large would end the stream for all calls on it.
const limitHeader = 'waybill-message-bytes-max';

export function greeting(messageBytesMax: number): Metadata {
  const metadata = new Metadata();
  metadata.set(limitHeader, String(messageBytesMax));
  return metadata;
}

/** The largest message both sides take. */
export function agreedBytesMax(peerGreeting: Metadata, messageBytesMax: number): number {
  const peerBytesMax = Number(peerGreeting.get(limitHeader)[0]);
  return peerBytesMax > 0 ? Math.min(peerBytesMax, messageBytesMax) : messageBytesMax;
}
