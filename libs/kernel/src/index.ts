export type { Clock, Micros } from './clock.ts';
export type { Decider } from './decider.ts';
export { type Fault, FaultError, type FaultKind, fault, faultKinds, faultOf, type Result } from './fault.ts';
export { attemptIdOf, batchCallId, batchOf, eventIdOf, timeOrderedId } from './ids.ts';
export {
  addPico,
  checkedInt64,
  formatUsd,
  int64Max,
  int64Min,
  multiplyHalfEven,
  type PicoUsd,
  parseUsd,
  picoUsdPerUsd,
  type Ratio,
} from './money.ts';
export { Secret } from './secret.ts';
