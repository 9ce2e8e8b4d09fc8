import { describe, expect, test } from '@jest/globals';
import type {
  ModelConfiguration,
  PresetConfiguration,
  ProviderConfiguration,
  RouteConfiguration,
  RoutingConfiguration,
} from '@waybill/config';
import { PriceRow, RankRequest } from '@waybill/contracts';
import { priceBook } from '@waybill/rating';
import { type RegistryConfiguration, registryFrom } from '../config.ts';
import { type HealthByModel, learn } from './health.ts';
import { listModels } from './listing.ts';
import { type Market, rank } from './rank.ts';

const noon = 1_790_000_000_000_000n;

const provider: ProviderConfiguration = {
  id: 'p',
  kind: 'openai',
  dialect: 'openai',
  baseUrl: 'https://localhost',
  apiKey: undefined,
  timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
};

/** A seat at GitHub Copilot that the holder of the key `ada` has. */
const seat: ProviderConfiguration = {
  ...provider,
  id: 'seat',
  copilot: { tokenUrl: 'https://localhost/token', forKey: 'ada', headers: {}, clientVersion: undefined },
};

function model(id: string, extra: Partial<ModelConfiguration> & { input?: bigint } = {}): ModelConfiguration {
  const { input = 1n, ...rest } = extra;
  return {
    id,
    provider: 'p',
    upstreamModel: `${id}-snapshot`,
    capabilities: ['chat', 'streaming'],
    contextWindow: 1000,
    maxOutputTokens: 500,
    prices: [PriceRow.fromPartial({ prices: { input, output: input } })],
    enabled: true,
    averageResponseTimeMs: undefined,
    name: undefined,
    snapshot: {
      version: undefined,
      released: undefined,
      knowledgeCutoff: undefined,
      trainingDataUntil: undefined,
      pinnedDate: undefined,
    },
    ...rest,
  };
}

function route(candidates: readonly string[], extra: Partial<RouteConfiguration> = {}): RouteConfiguration {
  const defaults = {
    strategy: 'ordered',
    maxOutputTokens: undefined,
    retries: 1,
    stream: 'live',
    performanceWeight: 0,
  } as const;
  return { model: 'smart', candidates, ...defaults, ...extra };
}

const routing: RoutingConfiguration = { defaultModel: undefined, fallbacks: [], retries: 2 };

type Named = Partial<Pick<RegistryConfiguration, 'presets' | 'routing'>>;

function market(
  models: readonly ModelConfiguration[],
  routes: readonly RouteConfiguration[],
  health: HealthByModel = new Map(),
  named: Named = {},
): Market {
  return {
    registry: registryFrom({ models, routes, providers: [provider, seat], presets: [], routing, ...named }),
    prices: priceBook(models),
    health,
    nowMicros: noon,
  };
}

function ask(extra: Partial<RankRequest> = {}): RankRequest {
  return RankRequest.fromPartial({ model: 'smart', capabilities: ['chat'], inputTokensBound: 10, ...extra });
}

/** Each of these providers has one model, of its name. */
function marketOf(...providers: ProviderConfiguration[]): Market {
  const models = providers.map(({ id }) => model(id, { provider: id }));
  const routes = [route(models.map(({ id }) => id))];
  const registry = registryFrom({ models, routes, providers, presets: [], routing });
  return { registry, prices: priceBook(models), health: new Map(), nowMicros: noon };
}

const ids = (ranking: ReturnType<typeof rank>) => ranking?.candidates.map(({ modelId }) => modelId);

describe('ordered', () => {
  test('keeps the order of the route and says so', () => {
    const ranking = rank(market([model('a'), model('b')], [route(['b', 'a'])]), ask());
    expect(ids(ranking)).toEqual(['b', 'a']);
    expect(ranking?.candidates[0]).toMatchObject({ upstreamModel: 'b-snapshot', reasons: ['route_order'] });
    expect(ranking?.policy).toEqual({ retries: 1, whole: false });
  });

  test('leaves out what cannot serve the call, with the reason', () => {
    const models = [
      model('off', { enabled: false }),
      model('small', { contextWindow: 1 }),
      model('plain'),
      model('able', { capabilities: ['chat', 'tools'] }),
    ];
    const ranking = rank(market(models, [route(models.map(({ id }) => id))]), ask({ capabilities: ['tools'] }));
    expect(ids(ranking)).toEqual(['able']);
    expect(ranking?.exclusions.map(({ modelId, reason, detail }) => [modelId, reason, detail])).toEqual([
      ['off', 'disabled', ''],
      ['small', 'lacks_capability', 'tools'],
      ['plain', 'lacks_capability', 'tools'],
    ]);
  });

  test("leaves out another person's seat", () => {
    const offered = market([model('theirs', { provider: 'seat' }), model('common')], [route(['theirs', 'common'])]);
    const rankedFor = (keyId: string) => {
      const attribution = { tenantId: 't', projectId: 'p', keyId, user: '', agentType: '', runId: '', tags: [] };
      return rank(offered, ask({ attribution }));
    };
    expect(ids(rankedFor('ada'))).toEqual(['theirs', 'common']);
    expect(ids(rankedFor('bob'))).toEqual(['common']);
    expect(rankedFor('bob')?.exclusions).toEqual([{ modelId: 'theirs', reason: 'seat_of_another', detail: '' }]);
    expect(ids(rank(offered, ask()))).toEqual(['common']);
  });

  test('leaves out a window that the prompt cannot fit in', () => {
    const ranking = rank(
      market([model('small', { contextWindow: 10 }), model('large')], [route(['small', 'large'])]),
      ask({ inputTokensEstimate: 11 }),
    );
    expect(ids(ranking)).toEqual(['large']);
    expect(ranking?.exclusions[0]).toMatchObject({ modelId: 'small', reason: 'context_too_small' });
  });
});

describe('cheapest', () => {
  test('puts the least upper bound first and what has no prices last', () => {
    const models = [model('dear', { input: 30n }), model('unpriced', { prices: [] }), model('cheap', { input: 10n })];
    const ranking = rank(market(models, [route(['dear', 'unpriced', 'cheap'], { strategy: 'cheapest' })]), ask());
    expect(ranking?.candidates.map((each) => [each.modelId, each.scoreBasisPoints, each.reasons])).toEqual([
      ['cheap', 10_000, ['cheapest']],
      ['dear', 3333, ['dearer']],
      ['unpriced', 0, ['unpriced']],
    ]);
  });
});

describe('cheapest with a weight for the time', () => {
  const cheapSlow = model('cheap-slow', { input: 10n, averageResponseTimeMs: 4_000 });
  const dearFast = model('dear-fast', { input: 20n, averageResponseTimeMs: 1_000 });
  const unknown = model('unknown', { input: 40n });
  const order = (performanceWeight: number) => {
    const smart = route(['cheap-slow', 'dear-fast', 'unknown'], { strategy: 'cheapest', performanceWeight });
    return rank(market([cheapSlow, dearFast, unknown], [smart]), ask())?.candidates;
  };

  test.each([
    [0, ['cheap-slow', 'dear-fast', 'unknown']],
    [0.3, ['cheap-slow', 'dear-fast', 'unknown']],
    [0.5, ['dear-fast', 'cheap-slow', 'unknown']],
    [1, ['dear-fast', 'cheap-slow', 'unknown']],
  ])('%d', (weight, expected) => {
    expect(order(weight)?.map(({ modelId }) => modelId)).toEqual(expected);
  });

  test('says so, and scores both shares', () => {
    expect(order(0.3)?.map(({ scoreBasisPoints, reasons }) => [scoreBasisPoints, reasons])).toEqual([
      [7750, ['cheapest', 'weighted_by_time']],
      [6500, ['dearer', 'weighted_by_time']],
      [1750, ['dearer', 'weighted_by_time']],
    ]);
  });
});

describe('a preset', () => {
  const preset = (name: string, asked: string): PresetConfiguration => ({
    ...{ name, description: 'Helps.', model: asked, systemPrompt: '', tools: [] },
    ...{ temperature: undefined, maxTokens: 100 },
  });
  const presets = [preset('helper', 'a'), preset('clever helper', 'smart')];
  const all = market([model('a'), model('b')], [route(['b', 'a'])], new Map(), { presets });

  test('leads to its model or route', () => {
    expect(ids(rank(all, ask({ model: 'helper' })))).toEqual(['a']);
    expect(ids(rank(all, ask({ model: 'clever helper' })))).toEqual(['b', 'a']);
  });

  test('is listed behind the routes', () => {
    const listing = listModels({ ...all, createdAtMicros: noon });
    expect(listing.map(({ id, kind }) => [id, kind])).toEqual([
      ['smart', 'route'],
      ['helper', 'preset'],
      ['clever helper', 'preset'],
      ['a', 'model'],
      ['b', 'model'],
    ]);
    expect(listing[1]).toMatchObject({
      ownedBy: 'waybill',
      displayName: 'Helps.',
      maxOutputTokens: 100,
      upstreamModel: 'a-snapshot',
    });
  });
});

describe('fallbacks', () => {
  const fallbacks = { routing: { ...routing, fallbacks: ['b', 'c'], retries: 4 } };
  const all = market([model('a'), model('b'), model('c')], [route(['a'])], new Map(), fallbacks);

  test('follow a model that is asked for by its own name', () => {
    expect(ids(rank(all, ask({ model: 'a' })))).toEqual(['a', 'b', 'c']);
    expect(ids(rank(all, ask({ model: 'b' })))).toEqual(['b', 'c']);
    expect(rank(all, ask({ model: 'a' }))?.policy?.retries).toBe(4);
  });

  test('leave a route as it is', () => {
    expect(ids(rank(all, ask()))).toEqual(['a']);
  });
});

describe('output cap', () => {
  test.each([
    [undefined, undefined, 500],
    [undefined, 100, 100],
    [200, 100, 200],
    [9000, undefined, 500],
  ])('caller %p, route %p -> %p', (caller, ofRoute, expected) => {
    const ranking = rank(
      market([model('a')], [route(['a'], { maxOutputTokens: ofRoute })]),
      ask({ maxOutputTokens: caller }),
    );
    expect(ranking?.candidates[0]?.maxOutputTokens).toBe(expected);
  });
});

describe('health', () => {
  const failed = { modelId: 'a', succeeded: false, providerAtFault: true, setAsideMs: 0 };

  test('five failures in a row set a model aside for a second', () => {
    const health: HealthByModel = new Map();
    for (let count = 0; count < 4; count += 1) learn(health, failed, noon);
    const both = market([model('a'), model('b')], [route(['a', 'b'])], health);
    expect(ids(rank(both, ask()))).toEqual(['a', 'b']);
    learn(health, failed, noon);
    expect(ids(rank(both, ask()))).toEqual(['b']);
    expect(ids(rank({ ...both, nowMicros: noon + 1_000_000n }, ask()))).toEqual(['a', 'b']);
  });

  test("a call's own fault says nothing, and one success clears the record", () => {
    const health: HealthByModel = new Map();
    for (let count = 0; count < 9; count += 1) learn(health, { ...failed, providerAtFault: false }, noon);
    expect(health.size).toBe(0);
    for (let count = 0; count < 9; count += 1) learn(health, failed, noon);
    learn(health, { ...failed, succeeded: true }, noon);
    expect(ids(rank(market([model('a')], [], health), ask({ model: 'a' })))).toEqual(['a']);
  });

  test('when nobody is healthy the call is tried all the same', () => {
    const health: HealthByModel = new Map();
    for (let count = 0; count < 5; count += 1) learn(health, failed, noon);
    const ranking = rank(market([model('a')], [route(['a'])], health), ask());
    expect(ranking?.candidates[0]).toMatchObject({ modelId: 'a', reasons: ['route_order', 'last_resort'] });
  });
});

test('a name that leads nowhere has no ranking', () => {
  expect(rank(market([model('a')], []), ask({ model: 'nobody' }))).toBeUndefined();
});

test('models are listed with what can chat first, routes before models', () => {
  const { registry, health } = market([model('vectors', { capabilities: ['embeddings'] }), model('a')], [route(['a'])]);
  const listing = listModels({ registry, health, nowMicros: noon, createdAtMicros: noon });
  expect(listing.map(({ id, ownedBy }) => [id, ownedBy])).toEqual([
    ['smart', 'waybill'],
    ['a', 'p'],
    ['vectors', 'p'],
  ]);
});

describe('a preferred provider', () => {
  const google: ProviderConfiguration = { ...provider, id: 'google-eu', kind: 'gemini', dialect: 'gemini' };
  const simulated: ProviderConfiguration = { ...provider, id: 'sim', kind: 'simulator', dialect: 'anthropic' };
  const both = marketOf(provider, google, simulated);

  test.each([
    ['', ['p', 'google-eu', 'sim']],
    ['GOOGLE', ['google-eu', 'p', 'sim']],
    ['google_eu', ['google-eu', 'p', 'sim']],
    ['ANTHROPIC', ['sim', 'p', 'google-eu']],
    ['OPENAI', ['p', 'google-eu', 'sim']],
    ['COHERE', ['p', 'google-eu', 'sim']],
  ])('%s goes first', (preferredProvider, order) => {
    expect(ids(rank(both, ask({ preferredProvider })))).toEqual(order);
  });

  test('says so among the reasons', () => {
    const reasons = rank(both, ask({ preferredProvider: 'GOOGLE' }))?.candidates.map((each) => each.reasons);
    expect(reasons).toEqual([['route_order', 'preferred_provider'], ['route_order'], ['route_order']]);
  });
});
