// What OpenAI's models differ in on the wire, by the names of their families.
import type { Chat } from '@waybill/contracts';
import type { Capability } from '../capability.ts';
import type { UpstreamRequest, Wire } from '../codec.ts';

const known = /^(?:o\d|gpt-|chatgpt-|davinci-|babbage-|text-embedding-)/;
const reasoningModel = /^(?:o\d|gpt-[5-9])/;
const fixedSampling = /^(?:o\d|gpt-5(?:-mini|-nano)?(?:-\d{4}-\d{2}-\d{2})?$)/;
const explicitCaching = /^gpt-(?:5\.[6-9]|[6-9])/;
const noEffortNone = /^gpt-(?:6-astra|6\.1-sol)/;
const legacy = /^(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)/;
const chatOnly = /^gpt-audio|-(?:audio|search)-/;

const drawn: readonly Capability[] = ['sampling.temperature', 'sampling.top_p'];
const penalties: readonly Capability[] = ['sampling.frequency_penalty', 'sampling.presence_penalty'];

/**
 * What this model does not take although others of OpenAI do. Models from gpt-5.1 on draw by temperature and top_p only
 * while they do not reason. Of a name that is none of OpenAI's, such as that of a deployment, nothing is assumed.
 */
export function refusedBy({ upstreamModel: model, call }: UpstreamRequest): readonly Capability[] {
  if (!known.test(model)) return [];
  const refused: Capability[] = [];
  if (fixedSampling.test(model)) refused.push(...drawn, ...penalties);
  else if (reasoningModel.test(model) && isToReason(call.task)) refused.push(...drawn);
  if (fixedSampling.test(model) && !model.startsWith('o1')) refused.push('stop_sequences');
  if (!reasoningModel.test(model)) refused.push('reasoning', 'reasoning.replay');
  if (!explicitCaching.test(model)) refused.push('prompt_caching');
  return refused;
}

export function isReasoner(model: string): boolean {
  return reasoningModel.test(model);
}

function isToReason(task: UpstreamRequest['call']['task']): boolean {
  const effort = task?.$case === 'chat' ? (task.value.reasoning?.effort ?? '') : '';
  return effort !== '' && effort !== 'none';
}

/**
 * Models from gpt-5.6 on take function tools on chat completions only with the reasoning effort `none`, and some of
 * them do not take `none`: those need the responses API.
 */
export function toolsNeedEffortNone(model: string): boolean {
  return explicitCaching.test(model) && !noEffortNone.test(model);
}

/**
 * The wire for a model that is configured for none: responses for models that reason, since only there they take tools
 * and get back what they thought; chat completions for the others, and for a call that only those can carry.
 */
export function wireOf({ upstreamModel, call, maxOutputTokens }: UpstreamRequest): Wire {
  if (legacy.test(upstreamModel)) return 'completions';
  if (!reasoningModel.test(upstreamModel) || chatOnly.test(upstreamModel)) return 'chat';
  const chat = call.task?.$case === 'chat' ? call.task.value : undefined;
  if (chat === undefined || needsResponses(chat)) return 'responses';
  return needsChat(chat, maxOutputTokens) ? 'chat' : 'responses';
}

function needsResponses({ tools, messages }: Chat): boolean {
  return tools.length > 0 || messages.some(({ parts }) => parts.some(({ part }) => part?.$case === 'reasoning'));
}

/** Responses have no stop sequences, no sound, and no caps below 16 tokens. */
function needsChat({ stopSequences, messages }: Chat, maxOutputTokens: number): boolean {
  if (stopSequences.length > 0 || (maxOutputTokens > 0 && maxOutputTokens < 16)) return true;
  return messages.some(({ parts }) => parts.some(({ part }) => part?.$case === 'audio'));
}
