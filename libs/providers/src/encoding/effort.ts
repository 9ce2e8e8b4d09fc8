// Reasoning asked for in tokens where the wire takes an effort, and the other way round.
import type { Support } from './support.ts';

const budgetByEffort: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};

/** For models that know no effort. */
export function budgetOf(effort: string, support: Support): number {
  const budget = budgetByEffort[effort] ?? budgetByEffort.medium!;
  support.adjusted('reasoning.effort', `an effort of ${effort} became a budget of ${budget} tokens`);
  return budget;
}

/** For models that know no budget: the highest effort that takes no more, at least low; none for no tokens at all. */
export function effortOf(budgetTokens: number, support: Support): string {
  const within = Object.entries(budgetByEffort).filter(([, budget]) => budget <= budgetTokens);
  const [found = 'low'] = within.at(-1) ?? [];
  const effort = budgetTokens === 0 ? 'none' : found === 'minimal' ? 'low' : found;
  support.adjusted('reasoning.budget_tokens', `a budget of ${budgetTokens} tokens became an effort of ${effort}`);
  return effort;
}

/** Of a wire that has a place for one of the two. */
export const budgetBesideEffort = 'this provider takes an effort for reasoning, not a number of tokens';
