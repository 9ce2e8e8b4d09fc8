// What OpenAI's models differ in on the wire, by the names of their families.
import type { Capability } from '../capability.ts';

const reasoningModel = /^(?:o\d|gpt-[5-9])/;
const fixedSampling = /^(?:o\d|gpt-5(?:-mini|-nano)?(?:-\d{4}-\d{2}-\d{2})?$)/;
const explicitCaching = /^gpt-(?:5\.[6-9]|[6-9])/;
const noEffortNone = /^gpt-(?:6-astra|6\.1-sol)/;

/** What this model does not take although others of OpenAI do. */
export function refusedBy(model: string): readonly Capability[] {
  const refused: Capability[] = [];
  if (fixedSampling.test(model)) {
    refused.push('sampling.temperature', 'sampling.top_p', 'sampling.frequency_penalty', 'sampling.presence_penalty');
  }
  if (fixedSampling.test(model) && !model.startsWith('o1')) refused.push('stop_sequences');
  if (!reasoningModel.test(model)) refused.push('reasoning');
  if (!explicitCaching.test(model)) refused.push('prompt_caching');
  return refused;
}

/**
 * Models from gpt-5.6 on take function tools on chat completions only with the reasoning effort `none`, and some of
 * them do not take `none`: those need the responses API.
 */
export function toolsNeedEffortNone(model: string): boolean {
  return explicitCaching.test(model) && !noEffortNone.test(model);
}
