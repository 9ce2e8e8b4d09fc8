// Reasoning effort and budget -> thinking and output_config.effort, in the form that the model takes.
import type { Reasoning } from '@waybill/contracts';
import { budgetOf, effortOf } from '../encoding/effort.ts';
import type { Support } from '../encoding/support.ts';
import { type ThinkingForms, thinkingForms } from './models.ts';

type WireBody = Record<string, unknown>;

/** What goes on the wire about thinking. */
export interface EncodedThinking {
  readonly thinking?: WireBody | undefined;
  readonly effort?: string | undefined;
}

export interface ThinkingWishes {
  readonly model: string;
  readonly reasoning: Reasoning | undefined;
  /** The answer's cap, of which thinking is a part. */
  readonly cap: number;
  /** A tool has to be called: then the API lets no model think. */
  readonly forcesTool: boolean;
}

export function encodeThinking(wishes: ThinkingWishes, support: Support): EncodedThinking {
  const { model, reasoning, forcesTool } = wishes;
  const forms = thinkingForms(model);
  const { effort = '', budgetTokens } = reasoning ?? {};
  const isOff = effort === 'none' || (effort === '' && budgetTokens === 0);
  const isAsked = !isOff && (effort !== '' || budgetTokens !== undefined);
  if (forcesTool && !forms.always) {
    if (isAsked) support.leftOut('reasoning', 'this provider lets no model think when a tool has to be called');
    return forms.byDefault ? { thinking: { type: 'disabled' } } : {};
  }
  if (isOff) return withoutThinking(forms, support);
  if (!isAsked || !support.can('reasoning')) return {};
  if (forms.budget && (budgetTokens !== undefined || !forms.adaptive)) {
    return { thinking: budgeted(budgetTokens ?? budgetOf(effort, support), wishes.cap, support) };
  }
  return adaptive(forms, effort || effortOf(budgetTokens!, support), support);
}

function withoutThinking(forms: ThinkingForms, support: Support): EncodedThinking {
  if (!forms.always) return forms.byDefault ? { thinking: { type: 'disabled' } } : {};
  support.adjusted('reasoning.effort', 'this model always thinks: that became an effort of low');
  return { effort: 'low' };
}

function adaptive(forms: ThinkingForms, effort: string, support: Support): EncodedThinking {
  const thinking = { type: 'adaptive', display: forms.hidden ? 'summarized' : undefined };
  if (effort !== 'minimal') return { thinking, effort };
  support.adjusted('reasoning.effort', 'an effort of minimal became low, the least this provider takes');
  return { thinking, effort: 'low' };
}

const leastThinking = 1024;

function budgeted(asked: number, cap: number, support: Support): WireBody | undefined {
  const budget = Math.min(Math.max(asked, leastThinking), cap - 1);
  if (budget < leastThinking) {
    support.leftOut('reasoning.budget_tokens', `a cap of ${cap} tokens leaves no room for thinking`);
    return undefined;
  }
  if (budget !== asked) {
    support.adjusted('reasoning.budget_tokens', `a budget of ${asked} tokens became ${budget}`);
  }
  return { type: 'enabled', budget_tokens: budget };
}
