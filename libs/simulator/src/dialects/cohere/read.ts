// POST /v2/chat and /v2/embed -> the prompt or the texts, or the error Cohere would answer with.
import { isRecord, type Json, type JsonRecord, listOf, recordOf, textOf, textsOf } from '../../json.ts';
import { implicitCache } from '../../model/context-cache.ts';
import type { AnswerFormat, Prompt, ToolChoice, Turn } from '../../model/prompt.ts';
import type { EmbeddingRequest } from '../dialect.ts';
import { functionTool, promptTokens, readCap, reasoningFor, turn } from '../reading.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';
import { refusedParameter } from './limits.ts';

const roles: readonly Turn['role'][] = ['system', 'user', 'assistant', 'tool'];
const MOST_TEXTS = 96;

export function readChat(body: JsonRecord): Prompt | Refusal {
  const model = textOf(body.model);
  if (model === '') return invalid('invalid request: model is required');
  const turns = readTurns(body);
  if (isRefusal(turns)) return turns;
  const cap = readCap(body.max_tokens, 'max_tokens');
  if (typeof cap === 'object') return cap;
  const refused = refusedParameter(model, body);
  if (refused !== undefined) return refused;
  const inputTokens = promptTokens(turns, body.tools);
  return {
    model,
    turns,
    tools: listOf(body.tools).map((tool) => functionTool(recordOf(tool).function, 'parameters')),
    toolChoice: readToolChoice(body),
    parallelTools: 'allowed',
    inputTokens,
    cache: implicitCache(turns, inputTokens),
    maxOutputTokens: cap,
    ...readThinking(model, recordOf(body.thinking)),
    stopSequences: textsOf(body.stop_sequences),
    format: readFormat(recordOf(body.response_format)),
    delivery: body.stream === true ? { kind: 'stream', form: 'events', usage: 'included' } : { kind: 'whole' },
  };
}

export function readEmbed(body: JsonRecord): EmbeddingRequest | Refusal {
  const model = textOf(body.model);
  if (model === '') return invalid('invalid request: model is required');
  const texts = textsOf(body.texts);
  if (texts.length === 0) return invalid('invalid request: at least one text is required');
  if (texts.length > MOST_TEXTS) return invalid(`too many texts: at most ${MOST_TEXTS} can be embedded in one call`);
  if (textOf(body.input_type) === '') return invalid('invalid request: valid input_type must be provided');
  const dimensions = readCap(body.output_dimension, 'output_dimension');
  if (typeof dimensions === 'object') return dimensions;
  return { model, texts, dimensions, encoding: 'float' };
}

function readTurns(body: JsonRecord): Turn[] | Refusal {
  const turns: Turn[] = [];
  const called = new Set<string>();
  for (const [index, message] of listOf(body.messages).map(recordOf).entries()) {
    const role = roles.find((known) => known === message.role);
    if (role === undefined) return invalid(`invalid request: messages[${index}].role is not a known role`);
    for (const call of listOf(message.tool_calls)) called.add(textOf(recordOf(call).id));
    if (role === 'tool' && !called.has(textOf(message.tool_call_id))) {
      return invalid(`invalid request: messages[${index}].tool_call_id belongs to no tool call`);
    }
    turns.push(readTurn(role, message));
  }
  return turns.length === 0 ? invalid('invalid request: at least one message is required') : turns;
}

function readTurn(role: Turn['role'], message: JsonRecord): Turn {
  const parts = listOf(message.content).map(recordOf);
  const text = typeof message.content === 'string' ? message.content : parts.map(partText).join('');
  const images: Json[] = parts.filter(({ type }) => type === 'image_url');
  return turn(role, `${textOf(message.tool_plan)}${text}`, images, message.tool_calls ?? null);
}

function partText(part: JsonRecord): string {
  return textOf(part.text) || textOf(part.thinking);
}

function readToolChoice(body: JsonRecord): ToolChoice {
  if (body.tool_choice === 'NONE') return { mode: 'none' };
  return { mode: body.tool_choice === 'REQUIRED' ? 'required' : 'auto' };
}

/** Models that can think do so unless they are told not to. */
function readThinking(model: string, thinking: JsonRecord): Pick<Prompt, 'reasoningTokens' | 'showsReasoning'> {
  if (!model.includes('reasoning') || thinking.type === 'disabled') return { reasoningTokens: 0 };
  const budget = Number(thinking.token_budget ?? reasoningFor('low'));
  return { reasoningTokens: Math.min(budget, reasoningFor('medium')), showsReasoning: true };
}

function readFormat(format: JsonRecord): AnswerFormat {
  if (format.type !== 'json_object') return { kind: 'text' };
  return isRecord(format.json_schema) ? { kind: 'json', schema: format.json_schema } : { kind: 'json' };
}
