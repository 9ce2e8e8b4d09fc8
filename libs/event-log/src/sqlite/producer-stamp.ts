// The bytes of an envelope's producer field. Written by hand so that the writing thread need not load the contracts,
// which takes longer than everything else it does at start; the spec compares it with the generated code.

const producerField = (15 << 3) | 2;
const producerIdField = (1 << 3) | 2;
const epochField = 2 << 3;
const numberField = 3 << 3;

/**
 * An envelope's `producer` field, encoded. Appended to the bytes of an envelope without one it makes the whole
 * envelope, since protobuf fields may be put one after the other.
 */
export function producerStamp(producerId: string, epoch: bigint, number: bigint): Uint8Array {
  const id = Buffer.from(producerId);
  const body = [producerIdField, ...varint(BigInt(id.length)), ...id];
  body.push(epochField, ...varint(epoch), numberField, ...varint(number));
  return Uint8Array.from([producerField, ...varint(BigInt(body.length)), ...body]);
}

/** True when the stored envelope is this draft and a producer stamp. */
export function isStampedDraft(stored: Uint8Array, draft: Uint8Array): boolean {
  if (stored.length <= draft.length || stored[draft.length] !== producerField) return false;
  return Buffer.compare(stored.subarray(0, draft.length), draft) === 0;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
