// What OpenAI's models refuse on chat completions.
import { type JsonRecord, listOf } from '../../json.ts';
import { invalid, type Refusal } from '../refusal.ts';

const REASONING_MODEL = /^(o\d|gpt-[5-9])/;
const TOOLS_NEED_NO_EFFORT = /^gpt-(5\.6|6)/;

export function unsupportedParameter(model: string, body: JsonRecord): Refusal | undefined {
  if (body.n !== undefined && body.n !== null && body.n !== 1) {
    return unsupported('n', "Unsupported value: 'n' must be 1 with this model.");
  }
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

function unsupported(param: string, message: string): Refusal {
  return { ...invalid(message, param), code: 'unsupported_parameter' };
}
