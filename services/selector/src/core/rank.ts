// Which candidates can serve a call, best first, and why the others cannot.
import type { Candidate, Exclusion, RankRequest, RankResponse } from '@waybill/contracts';
import type { PriceBook } from '@waybill/rating';
import { cheapestFirst } from './cheapest.ts';
import { type HealthByModel, isHealthy } from './health.ts';
import { type Destination, destinationOf, type RegisteredModel, type Registry } from './registry.ts';

export interface Market {
  readonly registry: Registry;
  readonly prices: PriceBook;
  readonly health: HealthByModel;
  readonly nowMicros: bigint;
}

/** Ranks what the name leads to; undefined when it leads nowhere. */
export function rank(market: Market, request: RankRequest): RankResponse | undefined {
  const destination = destinationOf(market.registry, request.model);
  if (destination === undefined) return undefined;
  const able: RegisteredModel[] = [];
  const unhealthy: RegisteredModel[] = [];
  const exclusions: Exclusion[] = [];
  for (const registered of destination.candidates) {
    const exclusion = exclusionOf(registered, request);
    if (exclusion !== undefined) exclusions.push(exclusion);
    else if (isHealthy(market.health, registered.model.id, market.nowMicros)) able.push(registered);
    else unhealthy.push(registered);
  }
  const lastResort = able.length === 0;
  if (!lastResort) {
    exclusions.push(...unhealthy.map(({ model }) => ({ modelId: model.id, reason: 'unhealthy', detail: '' })));
  }
  const chosen = (lastResort ? unhealthy : able).map((each) => candidateOf(market, each, { destination, request }));
  const ordered =
    destination.strategy === 'cheapest' ? byCost(market, chosen, { destination, request }) : inRouteOrder(chosen);
  const wished = preferredFirst(ordered, market.registry, request.preferredProvider);
  const candidates = lastResort ? wished.map(withReason('last_resort')) : wished;
  return {
    candidates,
    exclusions,
    strategy: destination.strategy,
    registryVersion: market.registry.version,
    policy: { retries: destination.retries, whole: destination.whole },
  };
}

function exclusionOf({ model, provider }: RegisteredModel, request: RankRequest): Exclusion | undefined {
  if (!model.enabled) return { modelId: model.id, reason: 'disabled', detail: '' };
  const owner = provider.copilot?.forKey;
  if (owner !== undefined && owner !== request.attribution?.keyId) {
    return { modelId: model.id, reason: 'seat_of_another', detail: '' };
  }
  const known: readonly string[] = model.capabilities;
  const lacking = request.capabilities.find((capability) => !known.includes(capability));
  if (lacking !== undefined) return { modelId: model.id, reason: 'lacks_capability', detail: lacking };
  if (request.inputTokensEstimate > model.contextWindow) {
    return { modelId: model.id, reason: 'context_too_small', detail: String(model.contextWindow) };
  }
  return undefined;
}

interface Asked {
  readonly destination: Destination;
  readonly request: RankRequest;
}

function candidateOf(market: Market, { model, provider }: RegisteredModel, asked: Asked): Candidate {
  const askedFor = asked.request.maxOutputTokens ?? asked.destination.maxOutputTokens ?? model.maxOutputTokens;
  return {
    modelId: model.id,
    providerId: provider.id,
    providerKind: provider.dialect,
    upstreamModel: model.upstreamModel,
    contextWindow: model.contextWindow,
    maxOutputTokens: Math.min(askedFor, model.maxOutputTokens),
    priceCard: market.prices.cardFor(model.id, market.nowMicros),
    scoreBasisPoints: 0,
    reasons: [],
    simulated: provider.kind === 'simulator',
    capabilities: [...model.capabilities],
    pinnedVersion: model.snapshot.version ?? '',
    wire: model.wire ?? '',
  };
}

function byCost({ registry }: Market, chosen: readonly Candidate[], { destination, request }: Asked): Candidate[] {
  const { performanceWeight } = destination;
  const timeMsOf = (modelId: string) => registry.models.get(modelId)?.model.averageResponseTimeMs;
  return cheapestFirst(chosen, { request, performanceWeight, timeMsOf });
}

function inRouteOrder(candidates: readonly Candidate[]): Candidate[] {
  return candidates.map((candidate, index) => ({
    ...candidate,
    scoreBasisPoints: Math.floor(10_000 / (index + 1)),
    reasons: ['route_order'],
  }));
}

/** The provider's candidates go before all others; within each group the order stays. */
function preferredFirst(candidates: Candidate[], { models }: Registry, preferred: string): Candidate[] {
  if (preferred === '') return candidates;
  const isMeant = ({ modelId }: Candidate) => isProvider(models.get(modelId)?.provider, preferred);
  const meant = candidates.filter(isMeant).map(withReason('preferred_provider'));
  return [...meant, ...candidates.filter((candidate) => !isMeant(candidate))];
}

/** Words for providers that are neither their ids nor their kinds. */
const otherNames: Readonly<Record<string, string>> = { google: 'gemini', azure: 'azure-openai' };

function isProvider(provider: RegisteredModel['provider'] | undefined, name: string): boolean {
  const asked = name.toLowerCase().replaceAll('_', '-');
  const wanted = Object.hasOwn(otherNames, asked) ? [asked, otherNames[asked]] : [asked];
  return (
    provider !== undefined &&
    [provider.id.toLowerCase(), provider.kind, provider.dialect].some((word) => wanted.includes(word))
  );
}

function withReason(reason: string): (candidate: Candidate) => Candidate {
  return (candidate) => ({ ...candidate, reasons: [...candidate.reasons, reason] });
}
