// The providers' simulator in a process of its own, with its bill out of reach of whoever is billed.
import type { FaultRule, SimulatorOptions } from '@waybill/simulator';
import { type Child, startChild } from './child.ts';

/** The simulator's own words for what it charged; amounts as decimal text. */
export interface SimulatedBill {
  readonly total: SimulatedTotal;
  readonly byModel: Readonly<Record<string, SimulatedTotal>>;
  readonly lines: readonly SimulatedBillLine[];
}

export interface SimulatedTotal {
  readonly calls: number;
  readonly complete: number;
  readonly cut: number;
  readonly refused: number;
  readonly amountPicoUsd: string;
}

export interface SimulatedBillLine {
  readonly model: string;
  readonly dialect: string;
  readonly amountPicoUsd: string;
  readonly outcome: 'complete' | 'cut' | 'refused';
  readonly tokensGenerated: number;
  readonly tokensDelivered: number;
  readonly usageTold: 'sent' | 'altered' | 'not-sent';
  /** The faults that were played on it, such as `reset-after:3`. */
  readonly faults: readonly string[];
  /** The attempt it was called for. */
  readonly gatewayCallId?: string;
}

export interface SimulatorProcess extends Pick<Child, 'pid' | 'stop'> {
  readonly url: string;
  bill(): Promise<SimulatedBill>;
  setFaults(rules: readonly FaultRule[]): Promise<void>;
}

/** Starts it on a free port of the loopback address. */
export async function startSimulatorProcess(options: SimulatorOptions = {}): Promise<SimulatorProcess> {
  const child = await startChild({
    entry: new URL(import.meta.resolve('@waybill/simulator/main')),
    arguments: [JSON.stringify(options)],
    ready: (printed) => (printed.includes('\n') ? printed : undefined),
  });
  const { url } = JSON.parse(child.answer) as { url: string };
  return {
    pid: child.pid,
    url,
    stop: child.stop,
    bill: async () => (await (await fetch(`${url}/control/bill`)).json()) as SimulatedBill,
    async setFaults(rules) {
      const answer = await fetch(`${url}/control/faults`, { method: 'POST', body: JSON.stringify({ rules }) });
      if (!answer.ok) throw new Error(`the simulator refused the faults: ${await answer.text()}`);
    },
  };
}
