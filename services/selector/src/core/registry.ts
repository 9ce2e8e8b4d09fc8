// What callers can ask for: routes, models and presets, as configured.
import type {
  ModelConfiguration,
  PresetConfiguration,
  ProviderConfiguration,
  RouteConfiguration,
  RoutingConfiguration,
} from '@waybill/config';

export interface RegisteredModel {
  readonly model: ModelConfiguration;
  readonly provider: ProviderConfiguration;
}

export interface Registry {
  /** Hash of the content, short. */
  readonly version: string;
  readonly models: ReadonlyMap<string, RegisteredModel>;
  readonly routes: ReadonlyMap<string, RouteConfiguration>;
  readonly presets: ReadonlyMap<string, PresetConfiguration>;
  readonly routing: RoutingConfiguration;
}

/** Where a name leads: its candidates in order, and how its calls are to be conducted. */
export interface Destination {
  readonly candidates: readonly RegisteredModel[];
  readonly strategy: RouteConfiguration['strategy'];
  readonly retries: number;
  readonly whole: boolean;
  /** Cap of a call that names none. */
  readonly maxOutputTokens: number | undefined;
  /** How much the time of an answer counts beside its cost, from 0 to 1. */
  readonly performanceWeight: number;
}

/**
 * Follows a name: of a preset to its model or route; a route goes before a model of the same name. Undefined when there
 * is no such name.
 */
export function destinationOf(registry: Registry, name: string): Destination | undefined {
  return destinationOfModel(registry, registry.presets.get(name)?.model ?? name);
}

function destinationOfModel(registry: Registry, name: string): Destination | undefined {
  const route = registry.routes.get(name);
  if (route !== undefined) {
    return {
      candidates: route.candidates.flatMap((id) => registry.models.get(id) ?? []),
      strategy: route.strategy,
      retries: route.retries,
      whole: route.stream === 'whole',
      maxOutputTokens: route.maxOutputTokens,
      performanceWeight: route.performanceWeight,
    };
  }
  const registered = registry.models.get(name);
  if (registered === undefined) return undefined;
  const { fallbacks, retries } = registry.routing;
  const others = fallbacks.filter((id) => id !== name).flatMap((id) => registry.models.get(id) ?? []);
  return {
    candidates: [registered, ...others],
    strategy: 'ordered',
    retries,
    whole: false,
    maxOutputTokens: undefined,
    performanceWeight: 0,
  };
}
