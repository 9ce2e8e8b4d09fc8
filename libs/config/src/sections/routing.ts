import { z } from 'zod';
import { identifier, section, text, wholeNumber } from '../reading/fields.ts';

/** What holds for names that no route says more about. */
export interface RoutingConfiguration {
  /** What is asked for when a caller names nothing; undefined: a caller has to. */
  readonly defaultModel: string | undefined;
  /** Ids of models that a call to one model goes on to when that one fails, in order. */
  readonly fallbacks: readonly string[];
  /** Further attempts in all for a model that is asked for by its own name, and for routes that say nothing; default 2. */
  readonly retries: number;
}

export const mostRetries = 10;
export const defaultRetries = 2;

export const routingSection = section({
  default_model: identifier.optional(),
  fallbacks: z.array(text, 'is wrong; give a list of ids of models').default([]),
  retries: wholeNumber({ least: 0, most: mostRetries, unit: 'attempts' }).default(defaultRetries),
}).transform(
  (given): RoutingConfiguration => ({
    defaultModel: given.default_model,
    fallbacks: given.fallbacks,
    retries: given.retries,
  }),
);
