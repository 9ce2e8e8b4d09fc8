// What Cohere's chat does not take.
import { type JsonRecord, listOf, recordOf } from '../../json.ts';
import { invalid, type Refusal } from '../refusal.ts';

const OLDER_MODEL = /^command-r-0/;

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  p: [0.01, 0.99],
  k: [0, 500],
  frequency_penalty: [0, 1],
  presence_penalty: [0, 1],
};

const foreign = ['stop', 'top_p', 'top_k', 'max_completion_tokens', 'parallel_tool_calls', 'reasoning_effort', 'user'];

export function refusedParameter(model: string, body: JsonRecord): Refusal | undefined {
  const unknown = foreign.find((name) => body[name] !== undefined);
  if (unknown !== undefined) return invalid(`invalid request: unknown field: parameter '${unknown}'`);
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = body[name];
    if (value !== undefined && !(Number(value) >= least && Number(value) <= most)) {
      return invalid(`invalid request: ${name} must be between ${least} and ${most} inclusive`);
    }
  }
  if (listOf(body.stop_sequences).length > 5) return invalid('invalid request: at most 5 stop sequences are allowed');
  if (recordOf(body.thinking).type === 'enabled' && !model.includes('reasoning')) {
    return invalid(`invalid request: ${model} does not support thinking`);
  }
  return refusedChoice(model, body);
}

function refusedChoice(model: string, body: JsonRecord): Refusal | undefined {
  if (body.tool_choice === undefined) return undefined;
  if (body.tool_choice !== 'REQUIRED' && body.tool_choice !== 'NONE') {
    return invalid("invalid request: tool_choice must be 'REQUIRED' or 'NONE'");
  }
  if (OLDER_MODEL.test(model)) return invalid(`invalid request: ${model} does not support tool_choice`);
  return listOf(body.tools).length === 0 ? invalid('invalid request: tool_choice needs tools') : undefined;
}
