// What `GET /v1/models` tells: routes first, then presets and models, and of all those that can chat first.

import type { ModelConfiguration, PresetConfiguration, RouteConfiguration } from '@waybill/config';
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
  const named = [...routes, ...models.filter(({ id }) => !listed.registry.routes.has(id))];
  const presets = [...listed.registry.presets.values()].flatMap((preset) => listingOfPreset(preset, named));
  const all = [...routes, ...presets, ...named.slice(routes.length)];
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

/** A preset can do what its model or route can. */
function listingOfPreset(preset: PresetConfiguration, named: readonly ModelListing[]): ModelListing[] {
  const model = named.find(({ id }) => id === preset.model);
  if (model === undefined) return [];
  const { name: id, description: displayName, maxTokens = model.maxOutputTokens } = preset;
  const maxOutputTokens = Math.min(maxTokens, model.maxOutputTokens);
  return [{ ...model, id, ownedBy: 'waybill', displayName, maxOutputTokens, kind: 'preset' }];
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
