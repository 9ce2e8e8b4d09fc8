// One server that speaks every dialect.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bill } from './bill/bill.ts';
import type { ReceivedCall } from './call-log.ts';
import type { FaultRule } from './faults/rules.ts';
import { reset } from './http/control.ts';
import { handle } from './http/handle.ts';
import { type SimulatorOptions, settingsFrom } from './settings.ts';
import { openSimulation } from './simulation.ts';

export interface Simulator {
  readonly port: number;
  /** Without a path: append `/openai/v1`, `/anthropic`, `/gemini` or `/ollama` as the client's base URL wants it. */
  readonly url: string;
  /** What the provider charges. A call is on it once its connection has closed or its answer was handed over. */
  bill(): Bill;
  /** The newest requests, oldest first. */
  calls(): readonly ReceivedCall[];
  /** Connections with an answer under way. */
  openCalls(): number;
  /** Replaces all rules. Throws `DirectiveError`. */
  setFaults(rules: readonly FaultRule[]): void;
  /** Forgets bill, calls and rules. */
  reset(): void;
  /** Breaks what is open, stalls included. */
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 120_000;

/** Rejects if the address is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = settingsFrom(options);
  const simulation = openSimulation(settings);
  let openCalls = 0;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    openCalls += 1;
    response.once('close', () => {
      openCalls -= 1;
    });
    handle(simulation, request, response);
  });
  const port = await listen(server, settings.host, settings.port);
  return {
    port,
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    bill: () => simulation.bill.bill(),
    calls: () => simulation.log.calls(),
    openCalls: () => openCalls,
    setFaults: (rules) => simulation.faults.set(rules),
    reset: () => reset(simulation),
    close: () => close(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
