export { type Child, type ChildOptions, startChild } from './processes/child.ts';
export { type GatewayProcess, type GatewayProcessOptions, startGatewayProcess } from './processes/gateway.ts';
export {
  type SimulatedBill,
  type SimulatedBillLine,
  type SimulatedTotal,
  type SimulatorProcess,
  startSimulatorProcess,
} from './processes/simulator.ts';
export { services } from './services.ts';
