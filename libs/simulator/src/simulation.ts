// What all calls of one simulator share.
import { type BatchBook, keepBatches } from './batches/book.ts';
import { type FileBook, keepFiles } from './batches/files.ts';
import { type BillKeeper, keepBill } from './bill/bill.ts';
import { keyLabel } from './bill/key-label.ts';
import { type PriceList, priceList } from './bill/price-list.ts';
import { type CallLog, keepCalls } from './call-log.ts';
import { type FaultBook, openFaultBook } from './faults/rules.ts';
import type { Settings } from './settings.ts';

export interface Simulation {
  readonly settings: Settings;
  readonly bill: BillKeeper;
  readonly batches: BatchBook;
  readonly files: FileBook;
  readonly log: CallLog;
  readonly faults: FaultBook;
  readonly prices: PriceList;
  /** Labels of the keys that are answered as wrong. */
  readonly badKeys: ReadonlySet<string>;
  /** Numbers from 1, and ids that differ between two runs. */
  nextCall(): { callNumber: number; id: string };
}

export function openSimulation(settings: Settings): Simulation {
  const run = Date.now().toString(36);
  let callNumber = 0;
  const faults = openFaultBook(settings.seed);
  faults.set(settings.faults);
  return {
    settings,
    batches: keepBatches(),
    files: keepFiles(),
    bill: keepBill(settings.billLinesKept),
    log: keepCalls(settings.callsKept),
    faults,
    prices: priceList(settings.prices),
    badKeys: new Set(settings.badKeys.map(keyLabel)),
    nextCall() {
      callNumber += 1;
      return { callNumber, id: `sim${run}${String(callNumber).padStart(8, '0')}` };
    },
  };
}
