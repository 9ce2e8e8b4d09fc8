// What a raw usage block costs, by prices given with it or by the configured ones.
import type { Configuration } from '@waybill/config';
import { type PriceCard, type RatedLine, type Rating, type Usage, UsageSource } from '@waybill/contracts';
import { FaultError, fault, formatUsd } from '@waybill/kernel';
import { ratedProviders, usageFromRaw } from '@waybill/providers';
import { faultOfProblems, type PriceBook, type Problem, priceBook, rate, readPrices } from '@waybill/rating';
import type { RateRequest } from './rate-request.ts';

/** Providers, and models with their prices, as far as rating needs them. */
export type PriceList = Pick<Configuration, 'providers' | 'models'>;

export interface RatedUsage {
  /** Null when the usage is unknown, which is not zero. */
  readonly amount_pico_usd: string | null;
  readonly usd: string | null;
  readonly lines: readonly Readonly<Record<string, string>>[];
  readonly estimated: boolean;
  /** Null when nothing was priced. */
  readonly price_version: string | null;
  readonly rater_version?: string;
  readonly table?: string;
  /** What is odd about the figures, one word each. */
  readonly suspicions?: readonly string[];
}

const unknownUsage: RatedUsage = {
  amount_pico_usd: null,
  usd: null,
  lines: [],
  estimated: true,
  price_version: null,
};

/** Makes a rater by the price list. It throws an `invalid` fault that names what cannot be rated. */
export function rateUsageBy(list: PriceList): (request: RateRequest) => RatedUsage {
  const configured = priceBook(list.models);
  return (request) => {
    const vendor = vendorOf(request.provider, list);
    const given = request.prices === undefined ? undefined : givenCard(request);
    const usage = usageFromRaw(vendor, request.usage, { ...request.response, batch: request.batch });
    if (usage === undefined) return unknownUsage;
    const rated = rate(usage, given ?? listedCard(request, list, configured), request.model);
    if (!rated.ok) throw new FaultError(rated.fault);
    return rated.value ? ratedUsage(rated.value, usage) : unknownUsage;
  };
}

/** The name the usage readers know a provider by: its own, or the kind it is configured as. */
function vendorOf(name: string, { providers }: PriceList): string {
  if (ratedProviders.includes(name)) return name;
  const dialect = providers.find(({ id }) => id === name)?.dialect;
  if (dialect !== undefined && ratedProviders.includes(dialect)) return dialect;
  throw invalid('provider', `provider ${name} is not known; known are ${ratedProviders.join(', ')}`);
}

function givenCard({ model, at, prices }: RateRequest): PriceCard {
  const problems: Problem[] = [];
  const rows = readPrices(prices, 'prices', (path, message) => problems.push({ path, message }));
  if (problems.length > 0) throw new FaultError(faultOfProblems(problems));
  return cardOf(priceBook([{ id: model, prices: rows }]), model, at);
}

/** A model goes by its own name or its provider's; of several, the one of the named provider is meant. */
function listedCard({ provider, model, at }: RateRequest, { models }: PriceList, book: PriceBook): PriceCard {
  const named = models.filter(({ id, upstreamModel }) => id === model || upstreamModel === model);
  const meant = named.find((each) => each.provider === provider) ?? named[0];
  if (meant) return cardOf(book, meant.id, at);
  throw invalid('model', `model ${model} is not in the price list; configure it, or give its prices with the line`);
}

function cardOf(book: PriceBook, modelId: string, at: bigint): PriceCard {
  const card = book.cardFor(modelId, at);
  if (card) return card;
  const day = new Date(Number(at / 1_000n)).toISOString();
  throw invalid('prices', `no price of ${modelId} holds at ${day}; give a row with effective_from before it`);
}

function ratedUsage(rating: Rating, usage: Usage): RatedUsage {
  return {
    amount_pico_usd: rating.amountPicoUsd.toString(),
    usd: formatUsd(rating.amountPicoUsd),
    lines: rating.lines.map(lineAsJson),
    estimated: usage.source === UsageSource.ESTIMATED,
    price_version: rating.priceVersion,
    rater_version: rating.raterVersion,
    table: rating.table,
    ...(usage.suspicions.length > 0 && { suspicions: usage.suspicions }),
  };
}

function lineAsJson({ class: lineClass, quantity, unitPricePicoUsd, factor, amountPicoUsd }: RatedLine) {
  return {
    class: lineClass,
    quantity: quantity.toString(),
    unit_price_pico_usd: unitPricePicoUsd.toString(),
    ...(factor && { factor: `${factor.numerator}/${factor.denominator}` }),
    amount_pico_usd: amountPicoUsd.toString(),
  };
}

function invalid(field: string, message: string): FaultError {
  return new FaultError(fault('invalid', message, { details: { field } }));
}
