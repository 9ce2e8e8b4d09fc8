import { z } from 'zod';
import { choice, identifier, ratio, section, text, wholeNumber } from '../reading/fields.ts';
import { defaultRetries, mostRetries } from './routing.ts';

export type RouteStrategy = 'ordered' | 'cheapest';

export interface RouteConfiguration {
  /** The name callers ask for. */
  readonly model: string;
  /** Ids of models, in order of preference. */
  readonly candidates: readonly string[];
  /** Default ordered. */
  readonly strategy: RouteStrategy;
  /** Cap of a call that names none, tokens; undefined leaves it to the model. */
  readonly maxOutputTokens: number | undefined;
  /** Further attempts in all, failover included; default 2. */
  readonly retries: number;
  /** `live`: parts as they come; `whole`: nothing reaches the caller before the answer is complete. Default live. */
  readonly stream: 'live' | 'whole';
  /** Of strategy cheapest: how much the time of an answer counts beside its cost, from 0 to 1; default 0. */
  readonly performanceWeight: number;
}

const strategiesNotYet = ['balanced', 'fastest', 'best'];

const strategy = z.unknown().transform((value, context): RouteStrategy => {
  if (value === 'ordered' || value === 'cheapest') return value;
  const wrong = strategiesNotYet.includes(value as string) ? `${value} is not available yet` : 'is wrong';
  context.issues.push({ code: 'custom', input: value, message: `${wrong}; use ordered or cheapest` });
  return z.NEVER;
});

/** One entry of `routes`. */
export const routeSection = section({
  model: identifier,
  candidates: z
    .array(text, 'is missing; give a list of ids of models')
    .min(1, 'is empty; give at least one id of a model'),
  strategy: strategy.default('ordered'),
  max_output_tokens: wholeNumber({ least: 1, most: 2 ** 32 - 1, unit: 'tokens' }).optional(),
  retries: wholeNumber({ least: 0, most: mostRetries, unit: 'attempts' }).default(defaultRetries),
  stream: choice(['live', 'whole']).default('live'),
  performance_weight: ratio.default(0),
}).transform(
  (given): RouteConfiguration => ({
    model: given.model,
    candidates: given.candidates,
    strategy: given.strategy,
    maxOutputTokens: given.max_output_tokens,
    retries: given.retries,
    stream: given.stream,
    performanceWeight: given.performance_weight,
  }),
);
