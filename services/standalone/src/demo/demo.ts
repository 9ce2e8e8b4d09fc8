// `waybill demo`: traffic, a budget that holds, a crash in the middle of streams, and then the proof. No key needed.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteEventReader } from '@waybill/event-log';
import { formatUsd } from '@waybill/kernel';
import type { CommandDefinition } from '@waybill/service';
import { type GatewayProcess, startGatewayProcess } from '../processes/gateway.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../processes/simulator.ts';
import { type Comparison, compareWithBill } from './comparison.ts';
import { demoConfiguration, demoKeys } from './configuration.ts';
import { table } from './table.ts';
import { dialects, many } from './traffic.ts';

export const demoCommand: CommandDefinition = {
  name: 'demo',
  summary: 'show, without a key and within a minute, that the books are right',
  async run({ print, json }) {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-demo-'));
    const stage = await openStage(folder);
    const say = json ? () => {} : print;
    try {
      await traffic(stage, say);
      await oneDollar(stage, say);
      await crash(stage, say);
      const proof = await prove(stage);
      if (json) print(JSON.stringify(proof, (_name, value) => (typeof value === 'bigint' ? String(value) : value)));
      else show(proof, print);
      return proof.ok ? 0 : 1;
    } finally {
      await stage.gateway.stop();
      await stage.simulator.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Say = (line: string) => void;

interface Stage {
  readonly folder: string;
  readonly configurationFile: string;
  readonly dataDirectory: string;
  readonly simulator: SimulatorProcess;
  gateway: GatewayProcess;
}

async function openStage(folder: string): Promise<Stage> {
  const simulator = await startSimulatorProcess();
  const configurationFile = join(folder, 'waybill.json');
  const dataDirectory = join(folder, 'books');
  await writeFile(configurationFile, JSON.stringify(demoConfiguration(simulator.url)));
  const gateway = await startGatewayProcess({ configurationFile, dataDirectory });
  return { folder, configurationFile, dataDirectory, simulator, gateway };
}

const dialectNames = Object.keys(dialects) as (keyof typeof dialects)[];
const modelNames = ['smart', 'gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'];

async function traffic({ gateway }: Stage, say: Say): Promise<void> {
  say('1. Traffic: 120 calls in three dialects over three providers, streamed and not.');
  const made = await many(120, 16, (index) =>
    dialects[dialectNames[index % dialectNames.length]!]({
      url: gateway.url,
      key: demoKeys.wide,
      model: modelNames[index % modelNames.length]!,
      stream: index % 2 === 0,
      maxTokens: 300,
    }),
  );
  say(
    `   ${made.filter(({ complete }) => complete).length} complete, ${made.filter(({ complete }) => !complete).length} not.\n`,
  );
}

async function oneDollar({ gateway, simulator }: Stage, say: Say): Promise<void> {
  say('2. A budget of $1.00 and 200 parallel calls that cost about two cents each.');
  await simulator.setFaults([{ model: 'gpt-4o', directives: 'output=1950' }]);
  const made = await many(200, 200, () =>
    dialects.openai({ url: gateway.url, key: demoKeys.oneDollar, model: 'gpt-4o', stream: false, maxTokens: 2000 }),
  );
  const refused = made.filter(({ limit }) => limit === 'one-dollar').length;
  say(`   ${made.filter(({ complete }) => complete).length} answered, ${refused} refused by budget one-dollar.\n`);
}

async function crash(stage: Stage, say: Say): Promise<void> {
  say('3. kill -9 of the gateway in the middle of 24 streams.');
  await stage.simulator.setFaults([{ stream: true, directives: 'delay=40&output=120' }]);
  let pieces = 0;
  let half: () => void = () => {};
  const halfWay = new Promise<void>((resolve) => {
    half = resolve;
  });
  const onPiece = () => {
    pieces += 1;
    if (pieces === 24 * 8) half();
  };
  const streams = many(24, 24, (index) =>
    dialects[index % 2 === 0 ? 'openai' : 'anthropic']({
      url: stage.gateway.url,
      key: demoKeys.wide,
      model: modelNames[index % modelNames.length]!,
      stream: true,
      maxTokens: 200,
      onPiece,
    }),
  );
  await Promise.race([halfWay, streams]);
  await stage.gateway.kill();
  const cut = (await streams).filter(({ complete }) => !complete).length;
  const before = performance.now();
  stage.gateway = await startGatewayProcess(stage);
  await stage.simulator.setFaults([]);
  say(`   ${cut} streams were cut; serving again after ${Math.round(performance.now() - before)} ms.\n`);
}

interface Proof extends Comparison {
  readonly ok: boolean;
  readonly sha256: string;
  readonly replayedTwiceAlike: boolean;
  readonly audit: string;
  readonly ledgerPicoUsd: string;
  readonly replayPicoUsd: string;
  readonly eventsPicoUsd: string;
  readonly budget: string;
}

async function prove(stage: Stage): Promise<Proof> {
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

function show(proof: Proof, print: Say): void {
  const usd = (amount: bigint) => `$${formatUsd(amount)}`;
  print('4. The proof. Where the provider reported usage, ledger and bill agree to the pico-dollar:');
  print(
    indent(
      table(
        ['model', 'attempts', 'our books', "the simulator's bill", 'difference'],
        proof.reported.map((row) => [
          row.model,
          String(row.attempts),
          usd(row.booksPicoUsd),
          usd(row.billPicoUsd),
          usd(row.booksPicoUsd - row.billPicoUsd),
        ]),
      ),
    ),
  );
  print(`\n   Calls that were cut, beside their estimates (${proof.cut.length}; the first 10):`);
  print(
    indent(
      table(
        ['attempt', 'model', 'booked as', 'booked', 'still held as uncertain', 'billed'],
        proof.cut
          .slice(0, 10)
          .map((row) => [
            row.attemptId,
            row.model,
            row.why,
            usd(row.bookedPicoUsd),
            usd(row.uncertainPicoUsd),
            usd(row.billPicoUsd),
          ]),
      ),
    ),
  );
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

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
