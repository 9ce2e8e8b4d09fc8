// What OpenAI's models refuse.
import { type Json, type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import { invalid, type Refusal } from '../refusal.ts';

const REASONING_MODEL = /^(o\d|gpt-[5-9])/;
const TOOLS_NEED_NO_EFFORT = /^gpt-(5\.6|6)/;

/** Known not to reason. */
const PLAIN_MODEL = /^(gpt-[34]|chatgpt-4)/;
const FIXED_SAMPLING = /^(?:o\d|gpt-5(?:-mini|-nano)?(?:-\d{4}-\d{2}-\d{2})?$)/;
const LEGACY_MODEL = /^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)/;
const CHAT_MODEL = /^(o\d|gpt-[4-9]|gpt-audio|gpt-3\.5-turbo(?!-instruct))/;

/** Chat completions. */
export function unsupportedParameter(model: string, body: JsonRecord): Refusal | undefined {
  if (body.n !== undefined && body.n !== null && body.n !== 1) {
    return unsupported('n', "Unsupported value: 'n' must be 1 with this model.");
  }
  if (LEGACY_MODEL.test(model)) {
    const message = 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.';
    return { refusal: 'not-found', message, param: 'model' };
  }
  const sampling = unsupportedSampling(model, body, textOf(body.reasoning_effort));
  if (sampling !== undefined) return sampling;
  if (REASONING_MODEL.test(model) && body.max_tokens !== undefined) {
    const message = "Unsupported parameter: 'max_tokens' with this model. Use 'max_completion_tokens' instead.";
    return unsupported('max_tokens', message);
  }
  if (TOOLS_NEED_NO_EFFORT.test(model) && listOf(body.tools).length > 0 && body.reasoning_effort !== 'none') {
    const message =
      "Function tools need reasoning_effort 'none' with this model on /v1/chat/completions; use /v1/responses.";
    return unsupported('reasoning_effort', message);
  }
  return undefined;
}

const takenByResponses = [
  ...[
    'background',
    'conversation',
    'include',
    'input',
    'instructions',
    'max_output_tokens',
    'max_tool_calls',
    'metadata',
  ],
  ...['model', 'parallel_tool_calls', 'previous_response_id', 'prompt', 'prompt_cache_key', 'prompt_cache_options'],
  ...['prompt_cache_retention', 'reasoning', 'safety_identifier', 'service_tier', 'store', 'stream', 'stream_options'],
  ...['temperature', 'text', 'tool_choice', 'tools', 'top_logprobs', 'top_p', 'truncation', 'user'],
];
const LEAST_CAP = 16;

/** Responses, which know their parameters and no others. */
export function unsupportedInResponses(model: string, body: JsonRecord): Refusal | undefined {
  const unknown = Object.keys(body).find((name) => !takenByResponses.includes(name));
  if (unknown !== undefined)
    return { ...invalid(`Unknown parameter: '${unknown}'.`, unknown), code: 'unknown_parameter' };
  if (LEGACY_MODEL.test(model)) {
    const message = `The requested model '${model}' is not supported with the Responses API.`;
    return { ...invalid(message, 'model'), code: 'model_not_supported' };
  }
  const cap = body.max_output_tokens;
  if (typeof cap === 'number' && cap < LEAST_CAP) {
    const message = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${LEAST_CAP}.`;
    return { ...invalid(message, 'max_output_tokens'), code: 'integer_below_min_value' };
  }
  const effort = textOf(recordOf(body.reasoning).effort);
  if (effort !== '' && PLAIN_MODEL.test(model)) return unsupported('reasoning.effort', notTaken('reasoning.effort'));
  const encrypted = listOf(body.include).includes('reasoning.encrypted_content');
  if (encrypted && PLAIN_MODEL.test(model)) {
    return invalid('Encrypted content is not supported with this model.', 'include');
  }
  return unsupportedSampling(model, body, effort);
}

/** Legacy completions. */
export function unsupportedInCompletions(model: string): Refusal | undefined {
  if (!CHAT_MODEL.test(model)) return undefined;
  const message = 'This is a chat model and not supported in the v1/completions endpoint.';
  return { refusal: 'not-found', message, param: 'model' };
}

/** Models that reason draw in one way only: some of them always, the others while they do. */
function unsupportedSampling(model: string, body: JsonRecord, effort: string): Refusal | undefined {
  const isFixed = FIXED_SAMPLING.test(model) || (REASONING_MODEL.test(model) && effort !== '' && effort !== 'none');
  const isSet = (value: Json | undefined) => value !== undefined && value !== null && value !== 1;
  const param = ['temperature', 'top_p'].find((name) => isFixed && isSet(body[name]));
  return param === undefined ? undefined : unsupported(param, notTaken(param));
}

function notTaken(param: string): string {
  return `Unsupported parameter: '${param}' is not supported with this model.`;
}

function unsupported(param: string, message: string): Refusal {
  return { ...invalid(message, param), code: 'unsupported_parameter' };
}
