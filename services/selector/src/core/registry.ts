// What callers can ask for: routes and models, as configured.
import type { ModelConfiguration, ProviderConfiguration, RouteConfiguration } from '@waybill/config';

export interface RegisteredModel {
  readonly model: ModelConfiguration;
  readonly provider: ProviderConfiguration;
}

export interface Registry {
  /** Hash of the content, short. */
  readonly version: string;
  readonly models: ReadonlyMap<string, RegisteredModel>;
  readonly routes: ReadonlyMap<string, RouteConfiguration>;
}

/** Where a name leads: its candidates in order, and how its calls are to be conducted. */
export interface Destination {
  readonly candidates: readonly RegisteredModel[];
  readonly strategy: RouteConfiguration['strategy'];
  readonly retries: number;
  readonly whole: boolean;
  /** Cap of a call that names none. */
  readonly maxOutputTokens: number | undefined;
}

/** Further attempts for a model that is asked for by its own name. */
const retriesOfModel = 2;

/** Follows a name; a route goes before a model of the same name. Undefined when there is no such name. */
export function destinationOf(registry: Registry, name: string): Destination | undefined {
  const route = registry.routes.get(name);
  if (route !== undefined) {
    return {
      candidates: route.candidates.flatMap((id) => registry.models.get(id) ?? []),
      strategy: route.strategy,
      retries: route.retries,
      whole: route.stream === 'whole',
      maxOutputTokens: route.maxOutputTokens,
    };
  }
  const registered = registry.models.get(name);
  if (registered === undefined) return undefined;
  return {
    candidates: [registered],
    strategy: 'ordered',
    retries: retriesOfModel,
    whole: false,
    maxOutputTokens: undefined,
  };
}
