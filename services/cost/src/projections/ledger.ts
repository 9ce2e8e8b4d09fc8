// The ledger: a fold of the events that move money, and of nothing else. Entries are never changed.
import type { StoredEvent } from '@waybill/event-log';
import type { Document, DocumentKey, Projection, WorkingSet } from '@waybill/projections';
import { canonicalEntry } from '../core/entry.ts';
import type { MoneyFact, UsageStanding } from '../core/fact.ts';
import { account } from '../core/postings.ts';
import { chainHash, chainStart } from './chain.ts';
import { type MoneyEvent, moneyEventOf, moneyEventTypes } from './money-event.ts';

/** Under its event's id, so that no event is booked twice. */
export interface EntryDocument extends Document {
  readonly ordinal: bigint;
  /** Its canonical form. */
  readonly entry: string;
  readonly hash: string;
}

/** Pico-USD in decimal digits, debits above zero; under the account's name. */
export interface AccountDocument extends Document {
  readonly balance: string;
}

/** An attempt's clearing account, under the attempt's id, for as long as it is open or not at zero. */
export interface ClearingDocument extends Document {
  readonly balance: string;
  readonly isOpen: boolean;
  readonly callId: string;
  readonly changedAtMicros: bigint;
}

/** An attempt whose amount is not what its provider reported, under the attempt's id. */
export interface DoubtDocument extends Document {
  readonly standing: UsageStanding;
  readonly eventId: string;
  readonly callId: string;
  readonly tenantId: string;
  readonly providerId: string;
  readonly modelId: string;
  /** Absent where there is no amount, which is not zero. */
  readonly amountPicoUsd: string | null;
  readonly occurredAtMicros: bigint;
}

/** How the ledger stands. Totals are decimal text so that none is too large. */
export interface HeadDocument extends Document {
  readonly entries: bigint;
  readonly hash: string;
  /** Of the last entry's event. */
  readonly position: bigint;
  readonly spentPicoUsd: string;
  readonly estimatedPicoUsd: string;
  readonly estimatedAttempts: bigint;
  readonly unknownAttempts: bigint;
  readonly unpricedAttempts: bigint;
}

export const emptyHead: HeadDocument = {
  entries: 0n,
  hash: chainStart,
  position: 0n,
  spentPicoUsd: '0',
  estimatedPicoUsd: '0',
  estimatedAttempts: 0n,
  unknownAttempts: 0n,
  unpricedAttempts: 0n,
};

export const headKey: DocumentKey = { collection: 'head', key: 'head' };

export const ledgerProjection: Projection = {
  name: 'ledger',
  version: 1,
  collections: [
    { name: 'entries' },
    { name: 'accounts' },
    { name: 'clearing' },
    { name: 'doubts' },
    { name: headKey.collection },
  ],
  types: moneyEventTypes,
  reads: (event) => keysFor(readOnce(event)),
  apply: (event, documents) => bookMoney(readOnce(event), documents),
};

const known = new WeakMap<StoredEvent, MoneyEvent>();

/** Each event is asked for twice: for the documents it looks at, and to be booked. */
function readOnce(event: StoredEvent): MoneyEvent {
  const before = known.get(event);
  if (before) return before;
  const money = moneyEventOf(event);
  known.set(event, money);
  return money;
}

function keysFor({ fact, changes }: MoneyEvent): readonly DocumentKey[] {
  const clearing = account.clearing(fact.attemptId);
  const keys: DocumentKey[] = [
    headKey,
    { collection: 'entries', key: fact.eventId },
    { collection: 'clearing', key: fact.attemptId },
  ];
  for (const name of changes.keys()) if (name !== clearing) keys.push({ collection: 'accounts', key: name });
  if (fact.kind === 'corrected') keys.push({ collection: 'doubts', key: fact.attemptId });
  return keys;
}

/** Books an event; one that is booked already changes nothing. */
export function bookMoney({ position, fact, postings, changes }: MoneyEvent, documents: WorkingSet): void {
  if (documents.get('entries', fact.eventId)) return;
  const head = documents.get<HeadDocument>(headKey.collection, headKey.key) ?? emptyHead;
  const ordinal = head.entries + 1n;
  const entry = canonicalEntry(ordinal, fact, postings);
  const hash = chainHash(head.hash, entry);
  documents.put('entries', fact.eventId, { ordinal, entry, hash } satisfies EntryDocument);
  bookChanges(fact, changes, documents);
  const doubts = bookDoubt(fact, head, documents);
  const spent = BigInt(head.spentPicoUsd) + (fact.rating?.amountPicoUsd ?? 0n) - fact.replacedPicoUsd;
  const grown = { ...doubts, entries: ordinal, hash, position, spentPicoUsd: spent.toString() } satisfies HeadDocument;
  documents.put(headKey.collection, headKey.key, grown);
}

function bookChanges(fact: MoneyFact, changes: ReadonlyMap<string, bigint>, documents: WorkingSet): void {
  const clearing = account.clearing(fact.attemptId);
  for (const [name, change] of changes) {
    if (name === clearing) continue;
    const before = documents.get<AccountDocument>('accounts', name)?.balance ?? '0';
    documents.put('accounts', name, { balance: (BigInt(before) + change).toString() } satisfies AccountDocument);
  }
  bookClearing(fact, changes.get(clearing) ?? 0n, documents);
}

function bookClearing(fact: MoneyFact, change: bigint, documents: WorkingSet): void {
  const { attemptId, callId, occurredAtMicros: changedAtMicros } = fact;
  const before = documents.get<ClearingDocument>('clearing', attemptId);
  const balance = BigInt(before?.balance ?? '0') + change;
  const isOpen = fact.kind === 'started' || (fact.kind === 'corrected' && before?.isOpen === true);
  if (isOpen || balance !== 0n) {
    const document = { balance: balance.toString(), isOpen, callId, changedAtMicros } satisfies ClearingDocument;
    documents.put('clearing', attemptId, document);
  } else if (before) {
    documents.delete('clearing', attemptId);
  }
}

/** Keeps the list of doubtful attempts; the head with its counts and its estimated part brought up to date. */
function bookDoubt(fact: MoneyFact, head: HeadDocument, documents: WorkingSet): HeadDocument {
  const { kind, attemptId, standing } = fact;
  const before = kind === 'corrected' ? documents.get<DoubtDocument>('doubts', attemptId) : undefined;
  const isDoubtful = standing !== 'none' && standing !== 'reported';
  if (!isDoubtful && !before) return head;
  const after = isDoubtful ? doubtOf(fact) : undefined;
  if (after) documents.put('doubts', attemptId, after);
  else documents.delete('doubts', attemptId);
  return countDoubt(countDoubt(head, before, -1n), after, 1n);
}

function doubtOf(fact: MoneyFact): DoubtDocument {
  const { standing, eventId, callId, tenantId, providerId, modelId, occurredAtMicros } = fact;
  const amountPicoUsd = fact.rating?.amountPicoUsd.toString() ?? null;
  return { standing, eventId, callId, tenantId, providerId, modelId, amountPicoUsd, occurredAtMicros };
}

function countDoubt(head: HeadDocument, doubt: DoubtDocument | undefined, sign: 1n | -1n): HeadDocument {
  if (!doubt) return head;
  if (doubt.standing === 'unknown') return { ...head, unknownAttempts: head.unknownAttempts + sign };
  if (doubt.standing === 'unpriced') return { ...head, unpricedAttempts: head.unpricedAttempts + sign };
  const estimated = BigInt(head.estimatedPicoUsd) + sign * BigInt(doubt.amountPicoUsd ?? '0');
  return {
    ...head,
    estimatedPicoUsd: estimated.toString(),
    estimatedAttempts: head.estimatedAttempts + sign,
  };
}
