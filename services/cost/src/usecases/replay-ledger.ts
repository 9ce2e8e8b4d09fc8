// Folds the log from its start into a ledger in memory. Memory stays the same however long the log is, but for what is
// open or doubtful.
import type { EventReader, StoredEvent } from '@waybill/event-log';
import type { MoneyFact } from '../core/fact.ts';
import { bookMoney } from '../projections/ledger.ts';
import { moneyEventOf, moneyEventTypes } from '../projections/money-event.ts';
import { type BooksInMemory, booksInMemory, type KeyedEntry } from './books-in-memory.ts';

/** What one model of one provider was booked at; amounts in pico-USD. */
export interface ModelTotal {
  readonly providerId: string;
  readonly modelId: string;
  amountPicoUsd: bigint;
  attempts: number;
}

/** An event that cannot be booked; the live ledger keeps it in quarantine. */
export interface UnbookableEvent {
  readonly position: bigint;
  readonly eventId: string;
  readonly reason: string;
}

export interface Replay {
  readonly books: BooksInMemory;
  /** By provider and model, in the order of their names. */
  readonly totals: readonly ModelTotal[];
  readonly unbookable: readonly UnbookableEvent[];
  /** Events that move money. */
  readonly eventsRead: number;
}

export interface ReplayOptions {
  readonly reader: EventReader;
  /** The last position to fold in; the end of the log when absent. */
  readonly until?: bigint;
  /** Called with the entries of each batch of events. */
  readonly onEntries?: (entries: readonly KeyedEntry[]) => Promise<void>;
}

export async function replayLedger({ reader, until, onEntries }: ReplayOptions): Promise<Replay> {
  let entries: KeyedEntry[] = [];
  const books = onEntries ? booksInMemory((entry) => entries.push(entry)) : booksInMemory();
  const totals = new Map<string, ModelTotal>();
  const unbookable: UnbookableEvent[] = [];
  let eventsRead = 0;
  for await (const batch of reader.read(0n, { types: moneyEventTypes })) {
    const due = until === undefined ? batch : batch.filter(({ position }) => position <= until);
    for (const event of due) {
      const reason = book(event, books, totals);
      if (reason !== undefined) {
        unbookable.push({ position: event.position, eventId: event.envelope.eventId, reason });
      }
    }
    eventsRead += due.length;
    await onEntries?.(entries);
    entries = [];
    if (due.length < batch.length) break;
  }
  return { books, totals: [...totals].sort(byName).map(([, total]) => total), unbookable, eventsRead };
}

/** Why the event cannot be booked; undefined when it was. */
function book(event: StoredEvent, books: BooksInMemory, totals: Map<string, ModelTotal>): string | undefined {
  try {
    const before = books.head().entries;
    const money = moneyEventOf(event);
    bookMoney(money, books);
    if (books.head().entries > before) addTotal(money.fact, totals);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function addTotal(fact: MoneyFact, totals: Map<string, ModelTotal>): void {
  const { kind, providerId, modelId, rating, replacedPicoUsd } = fact;
  if (kind === 'started') return;
  const name = JSON.stringify([providerId, modelId]);
  const total = totals.get(name) ?? { providerId, modelId, amountPicoUsd: 0n, attempts: 0 };
  total.amountPicoUsd += (rating?.amountPicoUsd ?? 0n) - replacedPicoUsd;
  if (kind === 'ended') total.attempts += 1;
  totals.set(name, total);
}

function byName([one]: [string, ModelTotal], [other]: [string, ModelTotal]): number {
  return one < other ? -1 : 1;
}
