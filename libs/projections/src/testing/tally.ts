// A small projection for the suites: keys are counted per owner, and an owner's keys can be listed.
import { type EventDraft, events, type StoredEvent } from '@waybill/event-log';
import type { Document, Projection } from '../ports.ts';

export interface Tally extends Document {
  readonly project: string;
  readonly issued: bigint;
  readonly last: string;
}

export interface TallyKey extends Document {
  readonly project: string;
  readonly issuedAt: bigint;
  readonly digest: Uint8Array;
  readonly revoked: boolean;
}

const { keyIssued, keyRevoked } = events;

/** A revocation whose reason is `poison` throws, after it has changed what it could. */
export const tallyProjection: Projection = {
  name: 'tally',
  version: 1,
  collections: [
    { name: 'project', indexes: [['issued']] },
    { name: 'key', indexes: [['project', 'issuedAt']] },
  ],
  types: [keyIssued.type, keyRevoked.type],
  reads({ envelope }) {
    if (envelope.type === keyRevoked.type) return [{ collection: 'key', key: keyRevoked.decode(envelope).keyId }];
    return [{ collection: 'project', key: keyIssued.decode(envelope).projectId }];
  },
  apply({ envelope }, documents) {
    if (envelope.type === keyIssued.type) {
      const { keyId, projectId, digest } = keyIssued.decode(envelope);
      const tally = documents.get<Tally>('project', projectId);
      documents.put('project', projectId, { project: projectId, issued: (tally?.issued ?? 0n) + 1n, last: keyId });
      const issuedAt = envelope.occurredAtMicros;
      documents.put('key', keyId, { project: projectId, issuedAt, digest, revoked: false });
      return;
    }
    const { keyId, reason } = keyRevoked.decode(envelope);
    const key = documents.get<TallyKey>('key', keyId);
    if (key) documents.put('key', keyId, { ...key, revoked: true });
    if (reason === 'poison') throw new Error('this revocation cannot be folded in');
    if (reason === 'forget') documents.delete('key', keyId);
  },
};

interface DraftOf {
  readonly number: number;
  readonly reason?: string;
}

/** The n-th event of a made-up log: mostly keys issued over seven projects, some of them revoked or forgotten. */
export function tallyEvent(number: number, poisonEvery = 0): StoredEvent {
  const reason = poisonEvery > 0 && number % poisonEvery === 0 ? 'poison' : number % 10 === 9 ? 'forget' : 'left';
  const draft = number % 5 === 4 || reason === 'poison' ? revoked({ number, reason }) : issued({ number });
  return { position: BigInt(number) * 2n + 1n, envelope: { ...draft, producer: undefined } };
}

/** The first `count` events of it. */
export function tallyLog(count: number, poisonEvery = 0): StoredEvent[] {
  return Array.from({ length: count }, (_, number) => tallyEvent(number, poisonEvery));
}

function issued({ number }: DraftOf): EventDraft {
  const digest = Buffer.from([number % 256, 0, 255]);
  const payload = {
    keyId: `key-${number}`,
    tenantId: 'tenant',
    projectId: `project-${number % 7}`,
    digest,
    displayPrefix: '',
    expiresAtMicros: undefined,
    managesProviderKeys: false,
  };
  return keyIssued.draft({ ...fieldsOf(number), payload });
}

function revoked({ number, reason = '' }: DraftOf): EventDraft {
  return keyRevoked.draft({ ...fieldsOf(number), payload: { keyId: `key-${number - 1}`, reason } });
}

function fieldsOf(number: number) {
  return {
    eventId: `event-${number}`,
    tenantId: 'tenant',
    streamId: `key/${number}`,
    correlationId: '',
    occurredAtMicros: BigInt(number) * 1_000n,
  };
}
