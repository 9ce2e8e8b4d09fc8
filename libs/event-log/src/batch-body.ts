// The body of a batch: as it travels in the stream, and as the archive keeps it.
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Envelope, EventBatch, encodeMessage } from '@waybill/contracts';
import type { StoredEvent } from './ports.ts';
import { positionOf } from './positions.ts';

const compress = promisify(zlib.zstdCompress);
const decompress = promisify(zlib.zstdDecompress);

/** Nothing larger comes out of a compressed body. */
const maxBodyBytes = 256 * 1024 * 1024;
/** Up to this, handing the bytes to another thread costs several times what is done with them. */
const smallBytes = 256 * 1024;

/** How the bytes are to be read: as they are, or compressed with zstd. */
export type BodyEncoding = 'identity' | 'zstd';

export interface BatchBody {
  readonly encoding: BodyEncoding;
  readonly bytes: Uint8Array;
}

export function encodeBatch(batch: EventBatch): Buffer {
  return encodeMessage(EventBatch, batch);
}

export async function compressed(body: BatchBody): Promise<BatchBody> {
  const { encoding, bytes } = body;
  if (encoding === 'zstd') return body;
  return { encoding: 'zstd', bytes: bytes.length <= smallBytes ? zlib.zstdCompressSync(bytes) : await compress(bytes) };
}

/** Throws when the bytes are none of a batch. */
export async function decodeBatch({ encoding, bytes }: BatchBody): Promise<EventBatch> {
  return EventBatch.decode(encoding === 'zstd' ? await decompressed(bytes) : bytes);
}

async function decompressed(bytes: Uint8Array): Promise<Uint8Array> {
  const options = { maxOutputLength: maxBodyBytes };
  return bytes.length <= smallBytes ? zlib.zstdDecompressSync(bytes, options) : decompress(bytes, options);
}

/** The batch's envelopes, without their stamps, in the order of their numbers. */
export function envelopesOf({ appends }: EventBatch): Buffer[] {
  return appends.flatMap(({ envelopes }) => envelopes);
}

/** The batch's events as they are read, of the message with that sequence; those at the skipped places left out. */
export function eventsOf(batch: EventBatch, sequence: bigint, skipped: readonly number[] = []): StoredEvent[] {
  const { producerId, epoch, firstNumber } = batch;
  const isSkipped = new Set(skipped);
  return envelopesOf(batch).flatMap((bytes, index) => {
    if (isSkipped.has(index)) return [];
    const envelope = Envelope.decode(bytes);
    envelope.producer = { producerId, epoch, number: firstNumber + BigInt(index) };
    return [{ position: positionOf(sequence, index), envelope }];
  });
}
