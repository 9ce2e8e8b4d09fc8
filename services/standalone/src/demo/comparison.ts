// Our books against the simulator's, attempt by attempt.
import { type AttemptEnded, UsageSource } from '@waybill/contracts';
import { type EventReader, events } from '@waybill/event-log';
import type { SimulatedBillLine } from '../processes/simulator.ts';

/** Attempts of one model whose usage the provider reported. */
export interface ReportedRow {
  readonly model: string;
  readonly attempts: number;
  readonly booksPicoUsd: bigint;
  readonly billPicoUsd: bigint;
}

/** An attempt whose end nobody told us of: what we booked beside what was billed. */
export interface CutRow {
  readonly attemptId: string;
  readonly model: string;
  readonly why: 'estimated' | 'unknown';
  readonly bookedPicoUsd: bigint;
  readonly uncertainPicoUsd: bigint;
  readonly billPicoUsd: bigint;
}

export interface Comparison {
  readonly reported: readonly ReportedRow[];
  readonly cut: readonly CutRow[];
  /** Attempts that were billed and are not on our books. */
  readonly missing: readonly string[];
}

/** Reads all attempts that ended, and sets each beside its line on the bill. */
export async function compareWithBill(log: EventReader, lines: readonly SimulatedBillLine[]): Promise<Comparison> {
  const billed = new Map(lines.map((line) => [line.gatewayCallId ?? '', line]));
  const reported = new Map<string, ReportedRow>();
  const cut: CutRow[] = [];
  const seen = new Set<string>();
  for await (const batch of log.read(0n, { types: [events.attemptEnded.type] })) {
    for (const { envelope } of batch) {
      const ended = events.attemptEnded.decode(envelope);
      const billPicoUsd = BigInt(billed.get(ended.attemptId)?.amountPicoUsd ?? '0');
      seen.add(ended.attemptId);
      if (ended.usage?.source === UsageSource.REPORTED) addReported(reported, ended, billPicoUsd);
      else if (billPicoUsd > 0n || ended.usage !== undefined) cut.push(cutRow(ended, billPicoUsd));
    }
  }
  const missing = lines.filter((line) => line.amountPicoUsd !== '0' && !seen.has(line.gatewayCallId ?? ''));
  return { reported: [...reported.values()], cut, missing: missing.map((line) => line.gatewayCallId ?? '(no id)') };
}

function addReported(rows: Map<string, ReportedRow>, ended: AttemptEnded, billPicoUsd: bigint): void {
  const row = rows.get(ended.modelId) ?? { model: ended.modelId, attempts: 0, booksPicoUsd: 0n, billPicoUsd: 0n };
  rows.set(ended.modelId, {
    model: row.model,
    attempts: row.attempts + 1,
    booksPicoUsd: row.booksPicoUsd + (ended.rating?.amountPicoUsd ?? 0n),
    billPicoUsd: row.billPicoUsd + billPicoUsd,
  });
}

function cutRow(ended: AttemptEnded, billPicoUsd: bigint): CutRow {
  return {
    attemptId: ended.attemptId,
    model: ended.modelId,
    why: ended.rating === undefined ? 'unknown' : 'estimated',
    bookedPicoUsd: ended.rating?.amountPicoUsd ?? 0n,
    uncertainPicoUsd: ended.uncertainPicoUsd,
    billPicoUsd,
  };
}
