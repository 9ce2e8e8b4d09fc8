// What the product itself says about its books: audit, replay, and the budgets as they stand.
import type { BooksWorld } from '../../e2e/world.ts';

export interface StoresCheck {
  readonly problems: readonly string[];
  readonly sha256: string;
}

/** Whose budget it is, and what the events say has been booked and is uncertain of it; pico-USD. */
export interface ExpectedBudget {
  readonly id: string;
  readonly spent: bigint;
  readonly uncertain: bigint;
}

/** `waybill audit` finds no drift, and replays in two places of the world are alike. */
export async function checkLedger(world: BooksWorld, bookedPicoUsd: bigint): Promise<StoresCheck> {
  const audit = await world.waybill(['audit', '--json']);
  const places = [
    { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8' },
    { TZ: 'America/St_Johns', LANG: 'C' },
  ];
  const replays = [];
  for (const place of places) replays.push(await world.waybill(['replay', '--json'], place));
  const [first, second] = replays.map(({ stdout, stderr }) => readJson(stdout, stderr));
  const problems: string[] = [];
  if (audit.code !== 0) problems.push(`audit exits ${audit.code}: ${audit.stdout}${audit.stderr}`);
  if (!/^[0-9a-f]{64}$/.test(String(first?.sha256))) problems.push(`a replay gives no hash: ${JSON.stringify(first)}`);
  if (first?.sha256 !== second?.sha256) problems.push(`replays differ: ${first?.sha256} and ${second?.sha256}`);
  if (first?.spent_pico_usd !== String(bookedPicoUsd)) {
    problems.push(`a replay spends ${first?.spent_pico_usd}, the events book ${bookedPicoUsd}`);
  }
  return { problems, sha256: String(first?.sha256) };
}

/** Nothing is held, and what is spent and uncertain is what the events say. */
export async function checkStanding(world: BooksWorld, expected: ExpectedBudget): Promise<string[]> {
  const { stdout, stderr } = await world.waybill(['budgets', 'show', expected.id, '--json']);
  const standing = readJson(stdout, stderr);
  if ('unreadable' in standing) return [`budget ${expected.id} is not shown: ${standing.unreadable}`];
  const pairs: [string, bigint][] = [
    ['held_pico_usd', 0n],
    ['spent_pico_usd', expected.spent],
    ['uncertain_pico_usd', expected.uncertain],
  ];
  return pairs.flatMap(([name, amount]) =>
    standing[name] === String(amount) ? [] : [`budget ${expected.id}: ${name} is ${standing[name]}, not ${amount}`],
  );
}

function readJson(stdout: string, stderr: string): Record<string, unknown> {
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    return { unreadable: stdout + stderr };
  }
}
