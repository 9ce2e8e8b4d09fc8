// How the ledger stands.
import type { GetLedgerHeadResponse } from '@waybill/contracts';
import type { ProjectionPartition } from '@waybill/projections';
import { emptyHead, type HeadDocument, headKey } from '../projections/ledger.ts';

export async function getLedgerHead(ledger: ProjectionPartition): Promise<GetLedgerHeadResponse> {
  const position = await ledger.checkpoint();
  const head = await readHead(ledger);
  return { entries: head.entries, head: head.hash, position, spentPicoUsd: head.spentPicoUsd };
}

/** The head; that of the empty ledger when nothing was booked yet. */
export async function readHead(ledger: ProjectionPartition): Promise<HeadDocument> {
  const [head] = await ledger.getMany([headKey]);
  return (head as HeadDocument | undefined) ?? emptyHead;
}
