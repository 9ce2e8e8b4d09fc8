// Names of subjects: `waybill.events.<shard>.<domain>.<producer>`.

/** Everything the stream takes. */
export const eventSubjects = 'waybill.events.>';
/** What the stream takes instead while it is repaired: nothing that anybody publishes. */
export const closedSubject = 'waybill.closed-for-repair';
/** Where it is said that the archive has come further. */
export const archiveMovedSubject = 'waybill.archive.moved';

export interface ProducerSubjects {
  /** Those of all shards. */
  readonly all: string;
  ofShard(shard: number): string;
}

/** The domain is the service that the producer belongs to: its id up to the first slash. */
export function subjectsOf(producerId: string): ProducerSubjects {
  const domain = tokenOf(producerId.split('/', 1)[0]!);
  const producer = tokenOf(producerId);
  return {
    all: `waybill.events.*.${domain}.${producer}`,
    ofShard: (shard) => `waybill.events.${shard}.${domain}.${producer}`,
  };
}

/** Which of the shards a tenant is in; the same in every process and release. */
export function shardOf(tenantId: string, shards: number): number {
  return shards === 1 ? 0 : fnv1a(Buffer.from(tenantId)) % shards;
}

/** One token of a subject; different texts give different tokens. */
function tokenOf(text: string): string {
  const escaped = Buffer.from(text)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_-]/g, (character) => {
      return `=${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
    });
  return escaped === '' ? '=' : escaped;
}

/** 32-bit FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
