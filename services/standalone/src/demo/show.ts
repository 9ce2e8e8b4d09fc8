// The proof as a person reads it.
import { formatUsd } from '@waybill/kernel';
import type { Say } from './acts.ts';
import type { CutRow, ReportedRow } from './comparison.ts';
import type { Proof } from './proof.ts';
import { table } from './table.ts';

export function show(proof: Proof, print: Say): void {
  print('4. The proof. Where the provider reported usage, our books and its bill agree to the pico-dollar:');
  print(indent(reportedTable(proof.reported)));
  print(`\n   Calls that were cut, beside their estimates (${proof.cut.length}; the first 10):`);
  print(indent(cutTable(proof.cut.slice(0, 10))));
  print(
    `\n   ledger ${usd(BigInt(proof.ledgerPicoUsd))}, replay ${usd(BigInt(proof.replayPicoUsd))}, events ${usd(BigInt(proof.eventsPicoUsd))}`,
  );
  print(`   budget one-dollar: ${proof.budget}`);
  print(`   audit: ${proof.audit}; replayed twice, in two time zones, alike: ${proof.replayedTwiceAlike}`);
  print(`   sha256 ${proof.sha256}`);
  print(proof.ok ? '\nThe books are right.' : '\nThe books are NOT right.');
}

function indent(text: string): string {
  return text.replace(/^/gm, '   ');
}

function reportedTable(rows: readonly ReportedRow[]): string {
  const header = ['model', 'attempts', 'our books', "the simulator's bill", 'difference'];
  const cells = rows.map(({ model, attempts, booksPicoUsd, billPicoUsd }) => [
    model,
    String(attempts),
    usd(booksPicoUsd),
    usd(billPicoUsd),
    usd(booksPicoUsd - billPicoUsd),
  ]);
  return table(header, cells);
}

function cutTable(rows: readonly CutRow[]): string {
  const header = ['attempt', 'model', 'booked as', 'booked', 'still held as uncertain', 'billed'];
  const cells = rows.map(({ attemptId, model, why, bookedPicoUsd, uncertainPicoUsd, billPicoUsd }) => [
    attemptId,
    model,
    why,
    usd(bookedPicoUsd),
    usd(uncertainPicoUsd),
    usd(billPicoUsd),
  ]);
  return table(header, cells);
}

function usd(amount: bigint): string {
  return `$${formatUsd(amount)}`;
}
