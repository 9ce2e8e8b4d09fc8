// Bounds a prompt by its count instead of its bytes, where the model's tokenizer is public.
import type { Call } from '@waybill/contracts';
import { loadTokenizer, tokenizerOf } from '@waybill/providers';
import { boundOption } from '../core/bounds.ts';
import type { CallOption } from '../core/plan.ts';

/** The options with every prompt counted that can be; undefined when none can. */
export async function countedOptions(
  call: Call,
  options: readonly CallOption[],
): Promise<readonly CallOption[] | undefined> {
  if (options.every((option) => tokenizerFor(option) === undefined)) return undefined;
  return Promise.all(options.map((option) => counted(call, option)));
}

async function counted(call: Call, option: CallOption): Promise<CallOption> {
  const tokenizer = tokenizerFor(option);
  return tokenizer === undefined
    ? option
    : boundOption(call, option.candidate, { countTokens: await loadTokenizer(tokenizer), tier: option.tier });
}

function tokenizerFor({ candidate }: CallOption) {
  return candidate.providerKind === 'openai' ? tokenizerOf(candidate.upstreamModel) : undefined;
}
