// Reasoning effort and budget -> thinkingConfig: Gemini 2.5 takes a number of tokens, later models a level.
import type { Reasoning } from '@waybill/contracts';
import type { Support } from '../encoding/support.ts';

type ThinkingConfig = { thinkingBudget?: number; thinkingLevel?: string; includeThoughts: boolean };

const budgetByEffort: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

const levelByEffort: Readonly<Record<string, string>> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** What the model is told about thinking; every translation of an effort into something else is noted. */
export function encodeThinking(
  model: string,
  reasoning: Reasoning | undefined,
  support: Support,
): ThinkingConfig | undefined {
  if (!reasoning) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (budgetTokens !== undefined) return { thinkingBudget: budgetTokens, includeThoughts: budgetTokens > 0 };
  if (effort === '') return undefined;
  const includeThoughts = effort !== 'none';
  const table: Readonly<Record<string, string | number>> = takesBudget(model) ? budgetByEffort : levelByEffort;
  const value = Object.hasOwn(table, effort) ? table[effort]! : effort;
  if (value !== effort) support.adjusted('reasoning.effort', `an effort of ${effort} became ${value}`);
  return typeof value === 'number'
    ? { thinkingBudget: value, includeThoughts }
    : { thinkingLevel: value, includeThoughts };
}

function takesBudget(model: string): boolean {
  return /(?:^|\/)gemini-2\.5/.test(model);
}
