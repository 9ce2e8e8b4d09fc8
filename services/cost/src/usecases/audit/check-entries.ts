// The stored entries, one by one.
import { encodeDocument, type ProjectionPartition } from '@waybill/projections';
import type { ReportDrift } from '../../core/drift.ts';
import type { EntryDocument } from '../../projections/ledger.ts';
import type { KeyedEntry } from '../books-in-memory.ts';
import { readHead } from '../get-ledger-head.ts';

/** Compares replayed entries with what is stored under their names. */
export async function compareEntries(
  ledger: ProjectionPartition,
  entries: readonly KeyedEntry[],
  report: ReportDrift,
): Promise<void> {
  const stored = await ledger.getMany(entries.map(({ key }) => ({ collection: 'entries', key })));
  for (const [index, { key, document }] of entries.entries()) {
    const live = stored[index];
    if (live === undefined) report('entry', key, `entry ${document.ordinal} is missing from the ledger`);
    else if (encodeDocument(live) !== encodeDocument(document)) {
      report('entry', key, `entry ${document.ordinal} is not what the log says`);
    }
  }
}

const pageSize = 1_000;

/** Looks through all stored entries for such as no replay explains: an ordinal taken twice, or beyond the head. */
export async function checkOrdinals(ledger: ProjectionPartition, entries: bigint, report: ReportDrift): Promise<void> {
  const taken = new Uint8Array(Number(entries) + 1);
  const beyond: { readonly key: string; readonly ordinal: bigint }[] = [];
  for await (const { key, document } of entriesOf(ledger)) {
    const { ordinal } = document;
    if (ordinal > entries) beyond.push({ key, ordinal });
    else if (ordinal < 1n || taken[Number(ordinal)]) report('entry', key, `ordinal ${ordinal} is none, or taken twice`);
    else taken[Number(ordinal)] = 1;
  }
  if (beyond.length === 0) return;
  const grown = (await readHead(ledger)).entries;
  for (const { key, ordinal } of beyond) {
    if (ordinal > grown) report('entry', key, `entry ${ordinal} lies beyond the ledger's head, ${grown}`);
  }
}

async function* entriesOf(ledger: ProjectionPartition) {
  let afterKey: string | undefined;
  for (;;) {
    const page = await ledger.find('entries', { limit: pageSize, ...(afterKey !== undefined && { afterKey }) });
    yield* page as readonly { readonly key: string; readonly document: EntryDocument }[];
    if (page.length < pageSize) return;
    afterKey = page.at(-1)!.key;
  }
}
