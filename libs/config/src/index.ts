export type { Configuration } from './configuration.ts';
export { type ConfigurationSources, loadConfiguration, readConfiguration } from './load.ts';
export { type PinOutcome, type PinRequest, pinModel } from './pin.ts';
export type { BudgetConfiguration, BudgetPeriod } from './sections/budget.ts';
export type { CopilotConfiguration } from './sections/copilot.ts';
export type { EvaluatorConfiguration } from './sections/evaluator.ts';
export type { KeyConfiguration } from './sections/key.ts';
export type { LimitConfiguration } from './sections/limit.ts';
export type { Capability, ModelConfiguration, ModelSnapshot } from './sections/model.ts';
export { type NetworkConfiguration, type ServiceName, serviceNames } from './sections/network.ts';
export type { OfflineConfiguration } from './sections/offline.ts';
export type { PresetConfiguration } from './sections/preset.ts';
export type {
  Dialect,
  Drain,
  HealthCheck,
  ProviderConfiguration,
  ProviderKey,
  ProviderKind,
  ProviderTimeouts,
  TenantKeysUse,
} from './sections/provider.ts';
export type { RouteConfiguration, RouteStrategy } from './sections/route.ts';
export type { RoutingConfiguration } from './sections/routing.ts';
export { type Scope, type ScopeKey, scopeKeys } from './sections/scope.ts';
export type { IdempotencyConfiguration, ServerConfiguration, ServerTlsConfiguration } from './sections/server.ts';
export { isLoopback } from './sections/server.ts';
export type { SimulatorConfiguration } from './sections/simulator.ts';
export type {
  DistributedStorage,
  MongodbConfiguration,
  NatsConfiguration,
  StorageConfiguration,
} from './sections/storage.ts';
export type { TelemetryConfiguration } from './sections/telemetry.ts';
export type { KeyEncryptionConfiguration, TenantKeysConfiguration } from './sections/tenant-keys.ts';
export type { TlsConfiguration } from './sections/tls.ts';
export type { ToolConfiguration } from './sections/tool.ts';
export type { VaultConfiguration } from './sections/vault.ts';
