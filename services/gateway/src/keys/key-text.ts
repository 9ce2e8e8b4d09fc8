// What a virtual key looks like: `wb_`, 256 random bits and a checksum, in hexadecimal.
import { crc32 } from 'node:zlib';

const shape = /^wb_([0-9a-f]{64})([0-9a-f]{8})$/;
export const randomBytesPerKey = 32;

/** The key made of random bytes, which have to be 32 or more. */
export function keyText(random: Uint8Array): string {
  if (random.length < randomBytesPerKey) throw new RangeError(`a key needs ${randomBytesPerKey} random bytes`);
  const body = Buffer.from(random).toString('hex');
  return `wb_${body}${checksum(body)}`;
}

/** Whether the text says that it is a generated key but is none: mistyped, or cut when it was copied. */
export function isMistyped(text: string): boolean {
  if (!text.startsWith('wb_')) return false;
  const [, body, sum] = shape.exec(text) ?? [];
  return body === undefined || checksum(body) !== sum;
}

/** The beginning, to tell keys apart in lists. */
export function displayPrefix(text: string): string {
  return text.startsWith('wb_') ? text.slice(0, 9) : '';
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
