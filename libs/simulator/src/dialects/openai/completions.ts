// POST /completions, the legacy one: a text in, the text that follows out.
import { type JsonRecord, listOf, recordOf, textsOf } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import { type Delivery, noCache, type Prompt } from '../../model/prompt.ts';
import { countTokens } from '../../model/tokens.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { readCap, readModel } from '../reading.ts';
import { invalid, type Refusal } from '../refusal.ts';
import { unsupportedInCompletions } from './limits.ts';

/** Without a cap of its own a request gets so many tokens, as the endpoint always did. */
const USUAL_CAP = 16;

export function readCompletion(body: JsonRecord): Prompt | Refusal {
  const model = readModel(body);
  if (typeof model !== 'string') return model;
  const unsupported = unsupportedInCompletions(model);
  if (unsupported !== undefined) return unsupported;
  const prompts = typeof body.prompt === 'string' ? [body.prompt] : listOf(body.prompt);
  const [text] = prompts;
  if (typeof text !== 'string' || prompts.length > 1) return invalid("Invalid type for 'prompt'.", 'prompt');
  const cap = readCap(body.max_tokens, 'max_tokens');
  if (typeof cap === 'object') return cap;
  const inputTokens = countTokens(text);
  return {
    model,
    turns: [{ role: 'user', text, tokens: inputTokens }],
    tools: [],
    toolChoice: { mode: 'none' },
    parallelTools: 'forbidden',
    inputTokens,
    cache: noCache,
    maxOutputTokens: cap ?? USUAL_CAP,
    reasoningTokens: 0,
    stopSequences: textsOf(body.stop),
    format: { kind: 'text' },
    delivery: readDelivery(body),
  };
}

function readDelivery(body: JsonRecord): Delivery {
  if (body.stream !== true) return { kind: 'whole' };
  const usage = recordOf(body.stream_options).include_usage === true ? 'included' : 'left-out';
  return { kind: 'stream', form: 'plain', usage };
}

const finishReasons: Readonly<Partial<Record<Finish, string>>> = { length: 'length', filtered: 'content_filter' };

export function completion(reply: Reply): JsonRecord {
  return { ...chunkOf(reply, reply.answer.pieces.join(''), finishOf(reply)), usage: reply.usageFor(reply.counts) };
}

/** Pieces, the finish, the usage if asked for, `[DONE]`. */
export function completionChunks(reply: Reply, framing: Framing): Frame[] {
  const { delivery } = reply.prompt;
  const withUsage = delivery.kind === 'stream' && delivery.usage === 'included';
  const frame = (chunk: JsonRecord, tokens: number, part: Frame['part']): Frame => ({
    text: framing.frame(JSON.stringify({ ...chunk, ...(withUsage ? { usage: null } : {}) })),
    tokens,
    part,
  });
  const thought = reply.answer.reasoning.length;
  const usage = withUsage ? reply.usageFor(reply.counts) : undefined;
  const last = { ...chunkOf(reply, '', null), choices: [], usage };
  return [
    ...reply.answer.pieces.map((text, index) =>
      frame(chunkOf(reply, text, null), index === 0 ? 1 + thought : 1, index === 0 ? 'start' : 'delta'),
    ),
    frame(chunkOf(reply, '', finishOf(reply)), 0, 'finish'),
    ...(withUsage ? [usageFrame(framing.frame(JSON.stringify(last)), usage !== undefined)] : []),
    { text: framing.frame('[DONE]'), tokens: 0, part: 'end' },
  ];
}

function usageFrame(text: string, isTold: boolean): Frame {
  return { text, tokens: 0, part: 'finish', tellsUsage: isTold ? true : undefined };
}

function finishOf(reply: Reply): string {
  return finishReasons[reply.answer.finish] ?? 'stop';
}

function chunkOf(reply: Reply, text: string, finish: string | null): JsonRecord {
  return {
    id: `cmpl-${reply.id}`,
    object: 'text_completion',
    created: Math.floor(reply.createdAt.getTime() / 1000),
    model: reply.model,
    choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
  };
}
