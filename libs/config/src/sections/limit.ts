import { identifier, section, wholeNumber } from '../reading/fields.ts';
import type { Scope } from './scope.ts';
import { scopeSection, scopeText } from './scope.ts';

/** At least one of the three bounds is set. */
export interface LimitConfiguration {
  /** Default: made from the scope, such as `tenant=acme`, or `all`. */
  readonly id: string;
  readonly scope: Scope;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** Calls at one time. */
  readonly concurrency: number | undefined;
}

/** One entry of `limits`. */
export const limitSection = section({
  id: identifier.optional(),
  scope: scopeSection.prefault({}),
  requests_per_minute: wholeNumber({ least: 1, unit: 'requests' }).optional(),
  tokens_per_minute: wholeNumber({ least: 1, unit: 'tokens' }).optional(),
  concurrency: wholeNumber({ least: 1, unit: 'calls' }).optional(),
}).transform((given, context): LimitConfiguration => {
  const { requests_per_minute: requestsPerMinute, tokens_per_minute: tokensPerMinute, concurrency } = given;
  if (requestsPerMinute === undefined && tokensPerMinute === undefined && concurrency === undefined) {
    const message = 'limits nothing; give requests_per_minute, tokens_per_minute or concurrency';
    context.issues.push({ code: 'custom', input: given, message });
  }
  return {
    id: given.id ?? scopeText(given.scope),
    scope: given.scope,
    requestsPerMinute,
    tokensPerMinute,
    concurrency,
  };
});
