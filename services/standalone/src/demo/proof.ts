// The proof: ledger, two replays, the events themselves and the simulator's bill have to agree.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteEventReader } from '@waybill/event-log';
import { formatUsd } from '@waybill/kernel';
import { type Comparison, compareWithBill } from './comparison.ts';
import type { Stage } from './stage.ts';

export interface Proof extends Comparison {
  readonly ok: boolean;
  readonly sha256: string;
  readonly replayedTwiceAlike: boolean;
  readonly audit: string;
  readonly ledgerPicoUsd: string;
  readonly replayPicoUsd: string;
  readonly eventsPicoUsd: string;
  readonly budget: string;
}

/** Lays ledger, replays, events and the simulator's bill beside each other. */
export async function prove(stage: Stage): Promise<Proof> {
  const audit = await waybill(stage, ['audit']);
  const budget = JSON.parse((await waybill(stage, ['budgets', 'show', 'one-dollar', '--json'])).stdout) as StandingText;
  const spend = JSON.parse((await waybill(stage, ['spend', '--json'])).stdout) as {
    spends: { amount_pico_usd: string }[];
  };
  const [first, second] = [await replayed(stage, 'UTC'), await replayed(stage, 'Asia/Kolkata')];
  const reader = await openSqliteEventReader(join(stage.dataDirectory, 'events.sqlite'));
  const comparison = await compareWithBill(reader, (await stage.simulator.bill()).lines);
  await reader.close();
  const ledger = sum(spend.spends.map(({ amount_pico_usd: amount }) => BigInt(amount)));
  const booked = sum([
    ...comparison.reported.map(({ booksPicoUsd }) => booksPicoUsd),
    ...comparison.cut.map(({ bookedPicoUsd }) => bookedPicoUsd),
  ]);
  const agree = comparison.reported.every(({ booksPicoUsd, billPicoUsd }) => booksPicoUsd === billPicoUsd);
  const covered = comparison.cut.every((row) => row.bookedPicoUsd + row.uncertainPicoUsd >= row.billPicoUsd);
  const alike = first.sha256 === second.sha256;
  const same = ledger === booked && BigInt(first.spent_pico_usd) === ledger;
  return {
    ...comparison,
    ok: agree && covered && alike && same && audit.code === 0 && comparison.missing.length === 0,
    sha256: first.sha256,
    replayedTwiceAlike: alike,
    audit: audit.code === 0 ? 'no drift' : audit.stdout + audit.stderr,
    ledgerPicoUsd: String(ledger),
    replayPicoUsd: first.spent_pico_usd,
    eventsPicoUsd: String(booked),
    budget: `spent $${formatUsd(BigInt(budget.spent_pico_usd))}, held $${formatUsd(BigInt(budget.held_pico_usd))} of $${formatUsd(BigInt(budget.amount_pico_usd))}`,
  };
}

interface StandingText {
  readonly amount_pico_usd: string;
  readonly spent_pico_usd: string;
  readonly held_pico_usd: string;
}

interface Replayed {
  readonly sha256: string;
  readonly spent_pico_usd: string;
}

async function replayed(stage: Stage, zone: string): Promise<Replayed> {
  return JSON.parse((await waybill(stage, ['replay', '--json'], { TZ: zone })).stdout) as Replayed;
}

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs another command of this command line on the demo's books. */
function waybill(stage: Stage, words: readonly string[], environment: Record<string, string> = {}): Promise<Output> {
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const { port } = new URL(stage.gateway.url);
  const places = ['--config', stage.configurationFile, '--data-dir', stage.dataDirectory, '--http-port', port];
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words, ...places], { env: environment }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
