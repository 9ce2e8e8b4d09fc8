// A kept answer as bytes: the request's digest, then the messages of the stream, each behind its length.
import { GenerateStreamResponse } from '@waybill/contracts';
import type { KeptAnswer } from '../ports.ts';

const digestBytes = 32;
const lengthBytes = 4;

export function encodeAnswer({ requestDigest, parts, summary }: KeptAnswer): Buffer {
  const updates: GenerateStreamResponse['update'][] = parts.map((part) => ({ $case: 'part', value: part }));
  const messages = [...updates, { $case: 'summary' as const, value: summary }].flatMap((update) => {
    const message = GenerateStreamResponse.encode({ update }).finish();
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(message.length);
    return [length, message];
  });
  return Buffer.concat([requestDigest, ...messages]);
}

/** Undefined when the bytes are no answer. */
export function decodeAnswer(bytes: Buffer): KeptAnswer | undefined {
  const requestDigest = bytes.subarray(0, digestBytes);
  const parts: KeptAnswer['parts'][number][] = [];
  for (let at = digestBytes; at + lengthBytes <= bytes.length; ) {
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    const { update } = GenerateStreamResponse.decode(bytes.subarray(at + lengthBytes, end));
    if (update?.$case === 'part') parts.push(update.value);
    if (update?.$case === 'summary') return { requestDigest, parts, summary: update.value };
    at = end;
  }
  return undefined;
}
