// What a valid configuration is once read: plain values, defaults filled in, money as pico-USD, secrets closed.
import type { BudgetConfiguration } from './sections/budget.ts';
import type { EvaluatorConfiguration } from './sections/evaluator.ts';
import type { KeyConfiguration } from './sections/key.ts';
import type { LimitConfiguration } from './sections/limit.ts';
import type { ModelConfiguration } from './sections/model.ts';
import type { NetworkConfiguration } from './sections/network.ts';
import type { OfflineConfiguration } from './sections/offline.ts';
import type { PresetConfiguration } from './sections/preset.ts';
import type { ProviderConfiguration } from './sections/provider.ts';
import type { RouteConfiguration } from './sections/route.ts';
import type { RoutingConfiguration } from './sections/routing.ts';
import type { ServerConfiguration } from './sections/server.ts';
import type { SimulatorConfiguration } from './sections/simulator.ts';
import type { StorageConfiguration } from './sections/storage.ts';
import type { TelemetryConfiguration } from './sections/telemetry.ts';
import type { TenantKeysConfiguration } from './sections/tenant-keys.ts';
import type { VaultConfiguration } from './sections/vault.ts';

/** Everything a process is told at its start. It was checked as a whole: every name in it leads somewhere. */
export interface Configuration {
  readonly providers: readonly ProviderConfiguration[];
  /** In the order of the file, those of registries last; at least one. */
  readonly models: readonly ModelConfiguration[];
  readonly routes: readonly RouteConfiguration[];
  readonly routing: RoutingConfiguration;
  /** Assistants that callers can ask for as a model. */
  readonly presets: readonly PresetConfiguration[];
  /** Models of version registries that are not among the models: nobody is served them. */
  readonly unservedVersions: readonly string[];
  /** Virtual keys of callers. */
  readonly keys: readonly KeyConfiguration[];
  readonly limits: readonly LimitConfiguration[];
  readonly budgets: readonly BudgetConfiguration[];
  readonly server: ServerConfiguration;
  readonly storage: StorageConfiguration;
  readonly network: NetworkConfiguration;
  readonly simulator: SimulatorConfiguration;
  readonly offline: OfflineConfiguration;
  readonly evaluator: EvaluatorConfiguration;
  readonly telemetry: TelemetryConfiguration;
  readonly tenantKeys: TenantKeysConfiguration;
  /** Undefined where no address is given. */
  readonly vault: VaultConfiguration | undefined;
  /**
   * `open`: callers on loopback are admitted as tenant `default`, whatever key they send. `keys`: a virtual key is
   * asked for, since a virtual key or a real provider's key is configured; with no virtual key in `keys`, the gateway
   * issues a first one.
   */
  readonly callers: 'open' | 'keys';
  /** Absolute path of the file that was read; undefined when there was none. */
  readonly file: string | undefined;
}
