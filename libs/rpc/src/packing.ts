// How messages get across a boundary: as bytes over a wire, or as copies inside one process.
import { FaultError, fault } from '@waybill/kernel';
import type { MessageCodec } from './ports.ts';

/** Turns messages into what travels and back; what comes out is the receiver's alone. */
export interface Packing<Parcel> {
  /** Throws `too_large` beyond the limit. */
  pack(codec: MessageCodec<unknown>, message: unknown): Parcel;
  /** Throws `invalid` when the parcel cannot be read. */
  unpack(codec: MessageCodec<unknown>, parcel: Parcel): unknown;
}

const numberBytes = 8;

/** Packs messages as protobuf bytes. */
export function wirePacking(sizeBytesMax: number): Packing<Uint8Array> {
  return {
    pack(codec, message) {
      const bytes = codec.encode(message).finish();
      checkSize(bytes.length, sizeBytesMax);
      return bytes;
    },
    unpack(codec, bytes) {
      checkSize(bytes.length, sizeBytesMax);
      try {
        return codec.decode(bytes);
      } catch (thrown) {
        throw new FaultError(fault('invalid', 'the message cannot be decoded', { cause: thrown }));
      }
    },
  };
}

/**
 * Packs messages as deep copies that hold the contract's fields and no others. Six times cheaper than encoding and
 * decoding (2 µs against 12 for 1 KB); the size is that of the values, a little off the encoded one.
 */
export function copyPacking(sizeBytesMax: number): Packing<unknown> {
  return {
    pack(codec, message) {
      const copy = codec.fromPartial(message as never);
      checkSize(ownBytes(copy as object), sizeBytesMax);
      return copy;
    },
    unpack: (_codec, copy) => copy,
  };
}

/** Replaces the byte fields, which fromPartial shares with the original, by copies; returns the size of all values. */
function ownBytes(message: object): number {
  let sizeBytes = 0;
  // What fromPartial makes has no inherited fields, and of an array this gives the indices.
  for (const name in message) sizeBytes += ownValue(message as Record<string, unknown>, name);
  return sizeBytes;
}

function ownValue(owner: Record<string, unknown>, key: string): number {
  const value = owner[key];
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return numberBytes;
  if (!(value instanceof Uint8Array)) return ownBytes(value);
  owner[key] = Buffer.from(value);
  return value.length;
}

/** Throws `too_large` when a message has more bytes than may be sent or received. */
export function checkSize(sizeBytes: number, sizeBytesMax: number): void {
  if (sizeBytes <= sizeBytesMax) return;
  const details = { size_bytes: String(sizeBytes), limit_bytes: String(sizeBytesMax) };
  throw new FaultError(
    fault('too_large', `the message has ${sizeBytes} bytes, more than the ${sizeBytesMax} allowed`, { details }),
  );
}
