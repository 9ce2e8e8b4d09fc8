// Balances, clearing accounts and doubts: live against replayed, and each against the rules of double entry.
import { type Document, encodeDocument } from '@waybill/projections';
import type { ReportDrift } from '../../core/drift.ts';
import type { AccountDocument, ClearingDocument } from '../../projections/ledger.ts';
import type { BooksInMemory } from '../books-in-memory.ts';
import type { LiveLedger } from './live-ledger.ts';

/** Compares everything but the entries. */
export function compareBooks(live: LiveLedger, replayed: BooksInMemory, report: ReportDrift): void {
  const head = replayed.head();
  if (live.head.hash !== head.hash) {
    report('head', 'ledger', `the live SHA-256 is ${live.head.hash}, replayed ${head.hash}`);
  }
  compare('head', new Map([['ledger', live.head]]), new Map([['ledger', head]]), report);
  compare('balance', live.accounts, replayed.accounts, report);
  compare('clearing', live.clearing, replayed.clearing, report);
  compare('doubt', live.doubts, replayed.doubts, report);
}

type Documents = ReadonlyMap<string, Document>;

function compare(check: string, live: Documents, replayed: Documents, report: ReportDrift): void {
  for (const key of new Set([...live.keys(), ...replayed.keys()])) {
    const [stored, expected] = [textOf(live.get(key)), textOf(replayed.get(key))];
    if (stored !== expected) report(check, key, `the ledger has ${stored}, the log says ${expected}`);
  }
}

function textOf(document: Document | undefined): string {
  return document === undefined ? 'nothing' : encodeDocument(document);
}

/** Debits equal credits, and an attempt that has ended has left nothing on its clearing account. */
export function checkDoubleEntry(accounts: Documents, clearing: Documents, report: ReportDrift): void {
  let sum = 0n;
  for (const { balance } of accounts.values() as Iterable<AccountDocument>) sum += BigInt(balance);
  for (const [attemptId, document] of clearing as ReadonlyMap<string, ClearingDocument>) {
    const { balance, isOpen } = document;
    sum += BigInt(balance);
    if (!isOpen) report('clearing', attemptId, `has ended, and ${balance} pico-USD are left on its clearing account`);
  }
  if (sum !== 0n) report('double_entry', 'ledger', `debits and credits differ by ${sum} pico-USD`);
}
