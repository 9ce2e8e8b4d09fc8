export { systemClock } from './clock.ts';
export { idSource } from './identity.ts';
export type {
  CommandDefinition,
  CommandInput,
  CommandOption,
  Finding,
  ListeningAddress,
  RunningProjection,
  RunningService,
  ServiceContext,
  ServiceDefinition,
} from './ports.ts';
export { type OpenedRecord, openRecord } from './record.ts';
export { type RunOptions, run } from './run.ts';
export { type RunningServices, type StartOptions, startServices } from './start.ts';
export { type DistributedStores, withDistributedStores } from './stores/commands.ts';
export { eventLogFile, projectionsFile } from './stores/embedded.ts';
