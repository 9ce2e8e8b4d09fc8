// POST /api/chat -> the prompt, or the error Ollama would answer with.
import { isRecord, type JsonRecord, listOf, recordOf, textOf, textsOf } from '../../json.ts';
import { type AnswerFormat, noCache, type Prompt, type Turn } from '../../model/prompt.ts';
import type { EmbeddingRequest } from '../dialect.ts';
import { functionTool, promptTokens, reasoningFor, turn } from '../reading.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';

const roles: readonly Turn['role'][] = ['system', 'user', 'assistant', 'tool'];

export function readChat(body: JsonRecord): Prompt | Refusal {
  const model = textOf(body.model);
  if (model === '') return invalid('model is required');
  const turns = readTurns(body);
  if (isRefusal(turns)) return turns;
  const options = recordOf(body.options);
  const cap = Number(options.num_predict ?? -1);
  const thinks = body.think !== undefined && body.think !== false;
  return {
    model,
    turns,
    tools: listOf(body.tools).map((tool) => functionTool(recordOf(tool).function, 'parameters')),
    toolChoice: { mode: 'auto' },
    parallelTools: 'allowed',
    inputTokens: promptTokens(turns, body.tools),
    cache: noCache,
    maxOutputTokens: cap > 0 ? Math.floor(cap) : undefined,
    reasoningTokens: thinks ? reasoningFor(body.think) || reasoningFor('low') : 0,
    showsReasoning: thinks || undefined,
    stopSequences: textsOf(options.stop),
    format: readFormat(body),
    delivery: body.stream === false ? { kind: 'whole' } : { kind: 'stream', form: 'lines', usage: 'included' },
  };
}

export function readEmbed(body: JsonRecord): EmbeddingRequest | Refusal {
  const model = textOf(body.model);
  if (model === '') return invalid('model is required');
  const texts = textsOf(body.input);
  return texts.length === 0 ? invalid('invalid input type') : { model, texts, encoding: 'float' };
}

function readTurns(body: JsonRecord): Turn[] | Refusal {
  const turns: Turn[] = [];
  for (const message of listOf(body.messages).map(recordOf)) {
    const role = roles.find((known) => known === message.role);
    if (role === undefined) return invalid(`invalid role: ${textOf(message.role)}`);
    turns.push(turn(role, textOf(message.content), listOf(message.images), message.tool_calls));
  }
  return turns.length === 0 ? invalid('messages are required') : turns;
}

function readFormat(body: JsonRecord): AnswerFormat {
  if (isRecord(body.format)) return { kind: 'json', schema: body.format };
  return body.format === 'json' ? { kind: 'json' } : { kind: 'text' };
}
