const crockford = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * An id that sorts by time: `<prefix>_` and 26 characters of Crockford's base 32, 48 bits of milliseconds and then
 * 80 random bits (the layout of a ULID, in lower case).
 */
export function timeOrderedId(prefix: string, nowMicros: bigint, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError(`an id needs 10 random bytes, got ${random.length}`);
  let value = (nowMicros / 1000n) & 0xffffffffffffn;
  for (let index = 0; index < 10; index += 1) value = (value << 8n) | BigInt(random[index]!);
  let text = '';
  for (let index = 0; index < 26; index += 1) {
    text = crockford[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** The id of a call's attempt; attempts count from 1. */
export function attemptIdOf(callId: string, attemptNumber: number): string {
  return `${callId}:${attemptNumber}`;
}

/** The id of the call that an entry of a batch is; entries count from 1. */
export function batchCallId(batchId: string, entryNumber: number): string {
  return `${batchId}_${entryNumber}`;
}

const ofBatch = /^(batch_[0-9a-z]{26})_\d+(?::\d+)?$/;

/** The batch that a call or an attempt belongs to, by its id; undefined where it is one by itself. */
export function batchOf(callOrAttemptId: string): string | undefined {
  return callOrAttemptId.startsWith('batch_') ? ofBatch.exec(callOrAttemptId)?.[1] : undefined;
}

/** The id of a fact: the same fact about the same thing has the same id wherever it is written. */
export function eventIdOf(subjectId: string, fact: string): string {
  return `${subjectId}/${fact}`;
}
