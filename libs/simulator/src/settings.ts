// How a simulator can be set up. All of it can be written as JSON, for a simulator in a process of its own.
import type { PriceRow } from './bill/prices.ts';
import type { FaultRule } from './faults/rules.ts';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Answers and random faults follow from it. Default 1. */
  readonly seed?: number;
  /** Prices by model name, beside and over the list of `bill/price-list.ts`. */
  readonly prices?: Readonly<Record<string, PriceRow>>;
  /** Time before the status line. Default 0. */
  readonly firstByteMs?: number;
  /** Time between two frames of a stream. Default 0: as fast as the client reads. */
  readonly chunkDelayMs?: number;
  /** Keys that are answered as wrong. */
  readonly badKeys?: readonly string[];
  readonly faults?: readonly FaultRule[];
  /** Lines of the bill that are kept at least; totals stay exact beyond that. Default 200,000. */
  readonly billLinesKept?: number;
  /** Time after which a batch is worked off. Default 0: at the first look at it. */
  readonly batchMs?: number;
  /** Requests that `calls()` remembers. Default 1,000. */
  readonly callsKept?: number;
  /** Larger request bodies are refused. Default 64 MiB. */
  readonly bodyLimitBytes?: number;
  /** The header in which the caller may send its own id of the attempt. Default `x-waybill-attempt`. */
  readonly callIdHeader?: string;
}

export type Settings = Required<SimulatorOptions>;

export function settingsFrom(options: SimulatorOptions): Settings {
  return {
    host: '127.0.0.1',
    port: 0,
    seed: 1,
    prices: {},
    firstByteMs: 0,
    chunkDelayMs: 0,
    badKeys: [],
    faults: [],
    billLinesKept: 200_000,
    batchMs: 0,
    callsKept: 1000,
    bodyLimitBytes: 64 * 1024 * 1024,
    callIdHeader: 'x-waybill-attempt',
    ...options,
  };
}
