// What `GET /v1/models` tells: routes first, then models, and of both those that can chat first.

import type { ModelConfiguration, RouteConfiguration } from '@waybill/config';
import type { ModelListing, Snapshot } from '@waybill/contracts';
import { type HealthByModel, isHealthy } from './health.ts';
import type { RegisteredModel, Registry } from './registry.ts';

export interface Listed {
  readonly registry: Registry;
  readonly health: HealthByModel;
  readonly nowMicros: bigint;
  /** When this registry was loaded. */
  readonly createdAtMicros: bigint;
}

export function listModels(listed: Listed): ModelListing[] {
  const routes = [...listed.registry.routes.values()].map((route) => listingOfRoute(route, listed));
  const models = [...listed.registry.models.values()].map((registered) => listingOfModel(registered, listed));
  const all = [...routes, ...models.filter(({ id }) => !listed.registry.routes.has(id))];
  const chats = (listing: ModelListing) => listing.capabilities.includes('chat');
  return [...all.filter(chats), ...all.filter((listing) => !chats(listing))];
}

function listingOfModel({ model, provider }: RegisteredModel, listed: Listed): ModelListing {
  return {
    id: model.id,
    ownedBy: provider.id,
    createdAtMicros: listed.createdAtMicros,
    capabilities: [...model.capabilities],
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    available: model.enabled && isHealthy(listed.health, model.id, listed.nowMicros),
    displayName: model.name ?? '',
    upstreamModel: model.upstreamModel,
    snapshot: snapshotOf(model),
    kind: 'model',
  };
}

/** A route can do what any of its candidates can. */
function listingOfRoute(route: RouteConfiguration, listed: Listed): ModelListing {
  const candidates = route.candidates
    .flatMap((id) => listed.registry.models.get(id) ?? [])
    .map((registered) => listingOfModel(registered, listed));
  const largest = Math.max(0, ...candidates.map(({ maxOutputTokens }) => maxOutputTokens));
  return {
    id: route.model,
    ownedBy: 'waybill',
    createdAtMicros: listed.createdAtMicros,
    capabilities: [...new Set(candidates.flatMap(({ capabilities }) => capabilities))],
    contextWindow: Math.max(0, ...candidates.map(({ contextWindow }) => contextWindow)),
    maxOutputTokens: Math.min(route.maxOutputTokens ?? largest, largest),
    available: candidates.some(({ available }) => available),
    displayName: '',
    upstreamModel: '',
    snapshot: undefined,
    kind: 'route',
  };
}

function snapshotOf({ snapshot }: ModelConfiguration): Snapshot {
  const { version, released, knowledgeCutoff, trainingDataUntil, pinnedDate } = snapshot;
  return {
    version: version ?? '',
    released: released ?? '',
    knowledgeCutoff: knowledgeCutoff ?? '',
    trainingDataUntil: trainingDataUntil ?? '',
    pinnedDate: pinnedDate ?? '',
  };
}
