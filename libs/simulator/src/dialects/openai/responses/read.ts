// POST /responses -> the prompt, or the error OpenAI would answer with.
import { type Json, type JsonRecord, listOf, recordOf, textOf } from '../../../json.ts';
import { implicitCache, markedCache } from '../../../model/context-cache.ts';
import type { AnswerFormat, Delivery, Prompt, Turn } from '../../../model/prompt.ts';
import { functionTool, promptTokens, readCap, readModel, reasoningFor, turn } from '../../reading.ts';
import { invalid, isRefusal, type Refusal } from '../../refusal.ts';
import { unsupportedInResponses } from '../limits.ts';
import { readToolChoice, servedTier } from '../read.ts';
import { ENCRYPTED } from './items.ts';

export function readResponse(body: JsonRecord): Prompt | Refusal {
  const model = readModel(body);
  if (typeof model !== 'string') return model;
  const unsupported = unsupportedInResponses(model, body);
  if (unsupported !== undefined) return unsupported;
  const turns = readInput(body);
  if (isRefusal(turns)) return turns;
  const cap = readCap(body.max_output_tokens, 'max_output_tokens');
  if (typeof cap === 'object') return cap;
  return { ...readAsked(body), model, turns, ...countInput(body, turns), maxOutputTokens: cap };
}

function countInput(body: JsonRecord, turns: readonly Turn[]): Pick<Prompt, 'inputTokens' | 'cache'> {
  const inputTokens = promptTokens(turns, body.tools);
  const isMarked = JSON.stringify(body.input ?? '').includes('"prompt_cache_breakpoint"');
  return { inputTokens, cache: isMarked ? markedCache(turns, inputTokens, '30m') : implicitCache(turns, inputTokens) };
}

function readAsked(body: JsonRecord): Omit<Prompt, 'model' | 'turns' | 'inputTokens' | 'cache'> {
  const reasoning = recordOf(body.reasoning);
  const tools = listOf(body.tools).filter((tool) => recordOf(tool).type === 'function');
  return {
    tools: tools.map((tool) => functionTool(tool, 'parameters')),
    toolChoice: readToolChoice(body),
    parallelTools: body.parallel_tool_calls === false ? 'forbidden' : 'allowed',
    reasoningTokens: reasoningFor(reasoning.effort),
    ...(textOf(reasoning.summary) === '' ? {} : { showsReasoning: true }),
    stopSequences: [],
    format: readFormat(recordOf(recordOf(body.text).format)),
    delivery: readDelivery(body),
    serviceTier: servedTier(textOf(body.service_tier)),
  };
}

function readInput(body: JsonRecord): Turn[] | Refusal {
  const instructions = textOf(body.instructions);
  const turns: Turn[] = instructions === '' ? [] : [turn('system', instructions)];
  const items: readonly Json[] =
    typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : listOf(body.input);
  if (items.length === 0) return invalid("Missing required parameter: 'input'.", 'input');
  const calls = new Set(items.map((item) => textOf(recordOf(item).type === 'function_call' && recordOf(item).call_id)));
  for (const [index, item] of items.entries()) {
    const read = readItem(recordOf(item), `input[${index}]`, calls);
    if (read !== undefined && isRefusal(read)) return read;
    if (read !== undefined) turns.push(read);
  }
  return turns;
}

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

function readItem(item: JsonRecord, place: string, calls: ReadonlySet<string>): Turn | Refusal | undefined {
  switch (item.type ?? 'message') {
    case 'message': {
      const role = roles[textOf(item.role)];
      return role === undefined ? invalid(`Invalid value for '${place}.role'.`, place) : said(role, item.content);
    }
    case 'function_call':
      return turn('assistant', '', [], { name: item.name ?? null, arguments: item.arguments ?? null });
    case 'function_call_output': {
      if (calls.has(textOf(item.call_id))) return said('tool', item.output);
      return invalid(`No tool call found for function call output with call_id ${item.call_id}.`, 'input');
    }
    case 'reasoning':
      return readReasoning(item);
    default:
      return invalid(`Invalid value: '${item.type}'.`, `${place}.type`);
  }
}

function said(role: Turn['role'], content: Json | undefined): Turn {
  if (typeof content === 'string') return turn(role, content);
  const parts = listOf(content).map(recordOf);
  const text = parts.map((part) => textOf(part.text) || textOf(part.refusal)).join('');
  return turn(
    role,
    text,
    parts.filter((part) => part.text === undefined && part.refusal === undefined),
  );
}

/** What the model thought goes back as it was encrypted here, and as nothing else. */
function readReasoning(item: JsonRecord): Turn | Refusal | undefined {
  const encrypted = item.encrypted_content;
  if (encrypted === undefined || encrypted === null || textOf(encrypted).startsWith(ENCRYPTED)) return undefined;
  const message = `The encrypted content for item ${item.id} could not be verified.`;
  return { ...invalid(message), code: 'invalid_encrypted_content' };
}

function readFormat(format: JsonRecord): AnswerFormat {
  if (format.type === 'json_schema') return { kind: 'json', schema: recordOf(format.schema) };
  return format.type === 'json_object' ? { kind: 'json' } : { kind: 'text' };
}

function readDelivery(body: JsonRecord): Delivery {
  if (body.stream !== true) return { kind: 'whole' };
  const form = recordOf(body.stream_options).include_obfuscation === false ? 'plain' : 'obfuscated';
  return { kind: 'stream', form, usage: 'included' };
}
