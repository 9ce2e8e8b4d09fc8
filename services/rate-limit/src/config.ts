// What rate-limit needs of the configuration: `limits` and `budgets`, flattened into rules.
import type { Configuration } from '@waybill/config';
import type { Rules } from './core/state.ts';

/** One rule for each bound; its id is the limit's with the name of the bound behind it. */
export function rulesFrom(configuration: Pick<Configuration, 'limits' | 'budgets'>): Rules {
  const rates: Rules['rates'][number][] = [];
  const concurrency: Rules['concurrency'][number][] = [];
  for (const limit of configuration.limits) {
    const { scope, requestsPerMinute, tokensPerMinute } = limit;
    if (requestsPerMinute !== undefined) {
      rates.push({ id: `${limit.id}/requests_per_minute`, kind: 'requests', scope, amount: requestsPerMinute });
    }
    if (tokensPerMinute !== undefined) {
      rates.push({ id: `${limit.id}/tokens_per_minute`, kind: 'tokens', scope, amount: tokensPerMinute });
    }
    if (limit.concurrency !== undefined) {
      concurrency.push({ id: `${limit.id}/concurrency`, scope, amount: limit.concurrency });
    }
  }
  return { rates, concurrency, budgets: configuration.budgets };
}
