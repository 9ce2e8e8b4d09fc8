/** Servers that speak the providers' wire formats, with faults on command, keeping a bill of their own. */
export type { Bill, BillLine, BillTotal, Outcome } from './bill/bill.ts';
export { keyLabel } from './bill/key-label.ts';
export type { Factor, PriceRow } from './bill/prices.ts';
export type { ReceivedCall } from './call-log.ts';
export { DirectiveError } from './faults/directives.ts';
export type { FaultRule } from './faults/rules.ts';
export type { SimulatorOptions } from './settings.ts';
export { type Simulator, startSimulator } from './simulator.ts';
