// POST /chat/completions -> the prompt, or the error OpenAI would answer with.
import { isRecord, type JsonRecord, listOf, recordOf, textOf, textsOf } from '../../json.ts';
import { implicitCache, markedCache } from '../../model/context-cache.ts';
import type { AnswerFormat, Delivery, Prompt, Tool, ToolChoice, Turn } from '../../model/prompt.ts';
import { functionTool, promptTokens, readCap, readModel, reasoningFor, turn } from '../reading.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';
import { unsupportedParameter } from './limits.ts';

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

export function readChat(body: JsonRecord): Prompt | Refusal {
  const model = readModel(body);
  if (typeof model !== 'string') return model;
  const turns = readTurns(body);
  if (isRefusal(turns)) return turns;
  const cap = readCap(body.max_completion_tokens ?? body.max_tokens, capField(body));
  if (typeof cap === 'object') return cap;
  const unsupported = unsupportedParameter(model, body);
  if (unsupported !== undefined) return unsupported;
  const inputTokens = promptTokens(turns, body.tools);
  return {
    model,
    turns,
    tools: readTools(body),
    toolChoice: readToolChoice(body),
    parallelTools: body.parallel_tool_calls === false ? 'forbidden' : 'allowed',
    inputTokens,
    cache: isRecord(body.prompt_cache_options)
      ? markedCache(turns, inputTokens, '30m')
      : implicitCache(turns, inputTokens),
    maxOutputTokens: cap,
    reasoningTokens: reasoningFor(body.reasoning_effort),
    stopSequences: textsOf(body.stop),
    format: readFormat(recordOf(body.response_format)),
    delivery: readDelivery(body),
    serviceTier: servedTier(textOf(body.service_tier)),
  };
}

function readTurns(body: JsonRecord): Turn[] | Refusal {
  const messages = listOf(body.messages);
  if (messages.length === 0) return invalid("Invalid type for 'messages': expected a non-empty array.", 'messages');
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const fields = recordOf(message);
    const role = roles[textOf(fields.role)];
    if (role === undefined) return invalid(`Invalid value for 'messages[${index}].role'.`, `messages[${index}].role`);
    if (role !== 'assistant' && typeof fields.content !== 'string' && !Array.isArray(fields.content)) {
      return invalid(`Invalid type for 'messages[${index}].content'.`, `messages[${index}].content`);
    }
    turns.push(readTurn(role, fields));
  }
  return turns;
}

function readTurn(role: Turn['role'], message: JsonRecord): Turn {
  if (typeof message.content === 'string') return turn(role, message.content, [], message.tool_calls);
  const parts = listOf(message.content).map(recordOf);
  const text = parts.map((part) => textOf(part.text)).join('');
  const attachments = parts.filter((part) => part.text === undefined);
  return turn(role, text, attachments, message.tool_calls);
}

function readTools(body: JsonRecord): Tool[] {
  const functions = listOf(body.tools).filter((tool) => recordOf(tool).type === 'function');
  return functions.map((tool) => functionTool(recordOf(tool).function, 'parameters'));
}

/** The choice with the name of a tool in `function`, or beside the type as responses have it. */
export function readToolChoice(body: JsonRecord): ToolChoice {
  if (body.tool_choice === 'none') return { mode: 'none' };
  if (body.tool_choice === 'required') return { mode: 'required' };
  const choice = recordOf(body.tool_choice);
  const name = textOf(recordOf(choice.function).name) || textOf(choice.name);
  return name === '' ? { mode: 'auto' } : { mode: 'named', name };
}

function readFormat(format: JsonRecord): AnswerFormat {
  if (format.type === 'json_schema') return { kind: 'json', schema: recordOf(recordOf(format.json_schema).schema) };
  return format.type === 'json_object' ? { kind: 'json' } : { kind: 'text' };
}

function readDelivery(body: JsonRecord): Delivery {
  if (body.stream !== true) return { kind: 'whole' };
  const options = recordOf(body.stream_options);
  const form = options.include_obfuscation === false ? 'plain' : 'obfuscated';
  return { kind: 'stream', form, usage: options.include_usage === true ? 'included' : 'left-out' };
}

/** The tier that serves, and bills: `fast` is another name for `priority`, `auto` means the default one. */
export function servedTier(asked: string): string {
  if (asked === 'fast') return 'priority';
  return asked === '' || asked === 'auto' ? 'default' : asked;
}

function capField(body: JsonRecord): string {
  return body.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
}
