// The provider's own books: what each key owes, call by call. Totals are exact for ever, lines are kept up to a limit.
import type { Json } from '../json.ts';

export type Outcome =
  /** The whole answer was handed to the network. */
  | 'complete'
  /** The client left, or a fault cut the answer: what was generated until then is billed. */
  | 'cut'
  /** Answered with an error: costs nothing. */
  | 'refused';

export interface BillLine {
  readonly callNumber: number;
  /** A fingerprint of the API key, from `keyLabel`. */
  readonly key: string;
  readonly dialect: string;
  readonly model: string;
  readonly requestId: string;
  /** The true usage in the dialect's own shape, whatever a fault made the answer say; null if refused. */
  readonly usage: Json;
  readonly amountPicoUsd: bigint;
  readonly outcome: Outcome;
  readonly tokensGenerated: number;
  readonly tokensDelivered: number;
  /** Whether the client was told the final usage; `altered` by a fault. */
  readonly usageTold: 'sent' | 'altered' | 'not-sent';
  /** The faults that were played on the call. */
  readonly faults: readonly string[];
  /** What the caller sent as its own id of the attempt. */
  readonly gatewayCallId?: string;
}

export interface BillTotal {
  readonly calls: number;
  readonly complete: number;
  readonly cut: number;
  readonly refused: number;
  readonly amountPicoUsd: bigint;
}

export interface Bill {
  readonly total: BillTotal;
  readonly byKey: Readonly<Record<string, BillTotal>>;
  readonly byModel: Readonly<Record<string, BillTotal>>;
  /** In the order in which the calls ended. */
  readonly lines: readonly BillLine[];
  /** Lines that were dropped because there were too many; they stay in the totals. */
  readonly linesDropped: number;
}

type Running = { -readonly [Name in keyof BillTotal]: BillTotal[Name] };

export interface BillKeeper {
  add(line: BillLine): void;
  bill(): Bill;
  clear(): void;
}

/** Keeps the newest lines, between `linesKept` and twice as many. */
export function keepBill(linesKept: number): BillKeeper {
  let total = emptyTotal();
  let byKey = new Map<string, Running>();
  let byModel = new Map<string, Running>();
  let lines: BillLine[] = [];
  let linesDropped = 0;
  return {
    add(line) {
      addTo(total, line);
      addTo(entryOf(byKey, line.key), line);
      addTo(entryOf(byModel, line.model), line);
      lines.push(line);
      if (lines.length < linesKept * 2) return;
      linesDropped += linesKept;
      lines = lines.slice(linesKept);
    },
    bill: () => ({
      total: { ...total },
      byKey: snapshot(byKey),
      byModel: snapshot(byModel),
      lines: [...lines],
      linesDropped,
    }),
    clear() {
      total = emptyTotal();
      byKey = new Map();
      byModel = new Map();
      lines = [];
      linesDropped = 0;
    },
  };
}

function emptyTotal(): Running {
  return { calls: 0, complete: 0, cut: 0, refused: 0, amountPicoUsd: 0n };
}

function addTo(total: Running, line: BillLine): void {
  total.calls += 1;
  total[line.outcome] += 1;
  total.amountPicoUsd += line.amountPicoUsd;
}

/** Model names come from outside: beyond 10,000 of them the rest share one total. */
function entryOf(totals: Map<string, Running>, name: string): Running {
  const known = totals.get(name);
  if (known !== undefined) return known;
  const stored = totals.size < 10_000 ? name : 'others';
  const entry = totals.get(stored) ?? emptyTotal();
  totals.set(stored, entry);
  return entry;
}

function snapshot(totals: Map<string, Running>): Record<string, BillTotal> {
  return Object.fromEntries([...totals].map(([name, total]) => [name, { ...total }]));
}
