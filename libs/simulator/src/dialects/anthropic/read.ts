// POST /v1/messages -> the prompt, or the error Anthropic would answer with.
import { type Json, type JsonRecord, listOf, recordOf, textOf, textsOf } from '../../json.ts';
import { markedCache } from '../../model/context-cache.ts';
import {
  type AnswerFormat,
  type CacheUse,
  noCache,
  type Prompt,
  type ToolChoice,
  type Turn,
} from '../../model/prompt.ts';
import type { Operation, Received } from '../dialect.ts';
import { functionTool, headerText, promptTokens, readCap, reasoningFor, turn } from '../reading.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';
import { refusedByModel, refusedByVersion } from './limits.ts';

export function readMessages(body: JsonRecord, operation: Operation, received: Received): Prompt | Refusal {
  const model = textOf(body.model);
  if (model === '') return invalid('model: Field required');
  const cap = readCap(body.max_tokens, 'max_tokens');
  if (typeof cap === 'object') return cap;
  if (cap === undefined && operation.kind === 'generate') return invalid('max_tokens: Field required');
  const version = headerText(received.headers['anthropic-version']);
  const refused = refusedByVersion(body, version) ?? refusedByModel(model, body);
  if (refused !== undefined) return refused;
  const turns = readTurns(body);
  if (isRefusal(turns)) return turns;
  const inputTokens = promptTokens(turns, body.tools);
  const choice = recordOf(body.tool_choice);
  return {
    model,
    turns,
    tools: listOf(body.tools).map((tool) => functionTool(tool, 'input_schema')),
    toolChoice: readToolChoice(choice),
    parallelTools: choice.disable_parallel_tool_use === true ? 'forbidden' : 'allowed',
    inputTokens,
    cache: readCache(body, turns, inputTokens),
    maxOutputTokens: cap,
    ...readThinking(body),
    stopSequences: textsOf(body.stop_sequences),
    format: readFormat(recordOf(recordOf(body.output_config).format)),
    delivery: body.stream === true ? { kind: 'stream', form: 'events', usage: 'included' } : { kind: 'whole' },
    speed: body.speed === 'fast' ? 'fast' : undefined,
    region: textOf(body.inference_geo) || undefined,
  };
}

function readTurns(body: JsonRecord): Turn[] | Refusal {
  const messages = listOf(body.messages).map(recordOf);
  if (messages.length === 0) return invalid('messages: at least one message is required');
  const system = blockText(body.system);
  const turns: Turn[] = system === '' ? [] : [turn('system', system)];
  for (const [index, message] of messages.entries()) {
    const { role } = message;
    if (role !== 'user' && role !== 'assistant' && role !== 'system') {
      return invalid(`messages.${index}.role: Input should be 'user' or 'assistant'`);
    }
    turns.push(readTurn(role, message.content));
  }
  return messages[0]?.role === 'assistant' ? invalid('messages: first message must use the "user" role') : turns;
}

function readTurn(role: 'user' | 'assistant' | 'system', content: Json | undefined): Turn {
  const blocks = listOf(content).map(recordOf);
  const results = blocks.filter((block) => block.type === 'tool_result');
  const calls = blocks.filter((block) => block.type === 'tool_use');
  const attachments = blocks.filter((block) => block.type === 'image' || block.type === 'document');
  const text = [...results.map((result) => blockText(result.content)), blockText(content)].filter(Boolean).join(' ');
  return turn(results.length > 0 ? 'tool' : role, text, attachments, calls.length > 0 ? calls : null);
}

function blockText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((block) => textOf(recordOf(block).text))
    .join('');
}

function readToolChoice(choice: JsonRecord): ToolChoice {
  if (choice.type === 'none') return { mode: 'none' };
  if (choice.type === 'any') return { mode: 'required' };
  return choice.type === 'tool' ? { mode: 'named', name: textOf(choice.name) } : { mode: 'auto' };
}

function readThinking(body: JsonRecord): Pick<Prompt, 'reasoningTokens' | 'showsReasoning'> {
  const thinking = recordOf(body.thinking);
  if (thinking.type === undefined || thinking.type === 'disabled') return { reasoningTokens: 0 };
  const effort = recordOf(body.output_config).effort;
  return { reasoningTokens: reasoningFor(effort) || reasoningFor('low'), showsReasoning: true };
}

function readFormat(format: JsonRecord): AnswerFormat {
  return format.type === 'json_schema' ? { kind: 'json', schema: recordOf(format.schema) } : { kind: 'text' };
}

/** With a cache mark anywhere, all but the last turn is cached; one hour if any mark says so. */
function readCache(body: JsonRecord, turns: readonly Turn[], inputTokens: number): CacheUse {
  const marks = [body, ...blocksOf(body)].map((block) => block.cache_control).filter((mark) => mark !== undefined);
  if (marks.length === 0) return noCache;
  const lasts = marks.some((mark) => recordOf(mark).ttl === '1h') ? '1h' : '5m';
  return markedCache(turns, inputTokens, lasts);
}

function blocksOf(body: JsonRecord): JsonRecord[] {
  const contents = listOf(body.messages).flatMap((message) => listOf(recordOf(message).content));
  return [...listOf(body.system), ...listOf(body.tools), ...contents].map(recordOf);
}
