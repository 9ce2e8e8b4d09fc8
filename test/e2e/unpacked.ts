// What is stored compressed, made legible: a search of the bytes as they are would find nothing in it.
import { zstdDecompressSync } from 'node:zlib';

const frameStart = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The places, and for each that holds zstd frames another one with what is in them. */
export function withUnpacked(places: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const all = new Map(places);
  for (const [place, bytes] of places) {
    const frames = framesIn(Buffer.from(bytes));
    if (frames.length > 0) all.set(`${place}, unpacked`, Buffer.concat(frames));
  }
  return all;
}

function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = bytes.indexOf(frameStart); at >= 0; at = bytes.indexOf(frameStart, at + 1)) {
    const frame = frameAt(bytes, at);
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

/** Undefined where the four bytes begin no frame. */
function frameAt(bytes: Buffer, at: number): Buffer | undefined {
  try {
    return zstdDecompressSync(bytes.subarray(at));
  } catch {
    return undefined;
  }
}
