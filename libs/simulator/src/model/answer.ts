// The simulated model: a prompt in, an answer out, always the same for the same seed, model and request.
import { hashText, type Random, randomFrom } from '../random.ts';
import type { Prompt } from './prompt.ts';
import { valueFromSchema } from './schema-value.ts';
import { answerOfLength, answerText } from './sentences.ts';
import { splitTokens } from './tokens.ts';
import { type ToolCall, toolCallsFor } from './tool-use.ts';
import { argumentWords } from './words.ts';

export type Finish = 'stop' | 'length' | 'tool-calls' | 'stop-sequence' | 'filtered';

export interface Answer {
  /** The text, one token a piece. */
  readonly pieces: readonly string[];
  readonly toolCalls: readonly ToolCall[];
  /** What the model thought, one token a piece; shown only where the dialect and the request show it. */
  readonly reasoning: readonly string[];
  readonly finish: Finish;
  readonly stopSequence?: string;
  /** Text, tool calls and reasoning together. */
  readonly outputTokens: number;
}

/** What a test may ask of the answer beyond the request. */
export interface AnswerWishes {
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  readonly toolCalls?: number;
  readonly text?: string;
  readonly finish?: Finish;
  readonly repeat?: Repeat;
}

/**
 * One piece, sent so many times and counted as so many tokens whatever the cap: a stream that is long and takes no
 * memory here.
 */
export interface Repeat {
  readonly times: number;
  readonly characters: number;
}

export function answerPrompt(prompt: Prompt, seed: number, wishes: AnswerWishes = {}): Answer {
  const random = randomFrom(hashText(questionOf(prompt), hashText(prompt.model, seed + prompt.turns.length)));
  const cap = prompt.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const reasoning = thoughts(prompt, random, Math.min(wishes.reasoningTokens ?? prompt.reasoningTokens, cap));
  const room = cap - reasoning.length;
  if (wishes.repeat !== undefined) return repeated(wishes.repeat, reasoning);
  const toolCalls = wishes.text === undefined ? toolCallsFor(prompt, wishes.toolCalls) : [];
  const tokens = toolCalls.reduce((sum, call) => sum + call.tokens, 0);
  if (toolCalls.length > 0 && tokens <= room) {
    return { pieces: [], toolCalls, reasoning, finish: 'tool-calls', outputTokens: tokens + reasoning.length };
  }
  const stopped = stopAtSequence(textPieces(prompt, random, wishes), prompt.stopSequences);
  const pieces = stopped.pieces.slice(0, room);
  const finish = wishes.finish ?? (pieces.length < stopped.pieces.length ? 'length' : stopped.finish);
  const stopSequence = finish === 'stop-sequence' ? stopped.stopSequence : undefined;
  return { pieces, toolCalls: [], reasoning, finish, stopSequence, outputTokens: pieces.length + reasoning.length };
}

function repeated({ times, characters }: Repeat, reasoning: readonly string[]): Answer {
  const pieces = ['x'.repeat(characters)];
  return { pieces, toolCalls: [], reasoning, finish: 'stop', outputTokens: times + reasoning.length };
}

function textPieces(prompt: Prompt, random: Random, wishes: AnswerWishes): readonly string[] {
  const question = questionOf(prompt);
  if (wishes.text !== undefined) return splitTokens(wishes.text);
  if (wishes.outputTokens !== undefined) return answerOfLength(question, random, wishes.outputTokens);
  if (prompt.format.kind === 'json') return splitTokens(jsonAnswer(prompt, question, random));
  const last = prompt.turns.at(-1);
  if (last?.role !== 'tool') return splitTokens(answerText(question, random));
  return splitTokens(
    `The tool answered: ${last.text.slice(0, 400).toWellFormed().trim()} ${answerText(question, random)}`,
  );
}

function jsonAnswer(prompt: Prompt, question: string, random: Random): string {
  const schema = prompt.format.kind === 'json' ? prompt.format.schema : undefined;
  if (schema === undefined) return JSON.stringify({ answer: answerText(question, random) });
  return JSON.stringify(valueFromSchema(schema, argumentWords(question, 0)));
}

function questionOf(prompt: Prompt): string {
  return prompt.turns.findLast((turn) => turn.role === 'user')?.text ?? prompt.turns.at(-1)?.text ?? '';
}

function thoughts(prompt: Prompt, random: Random, tokens: number): string[] {
  return tokens > 0 ? answerOfLength(questionOf(prompt), random, tokens) : [];
}

interface Stopped {
  readonly pieces: readonly string[];
  readonly finish: Finish;
  readonly stopSequence?: string;
}

function stopAtSequence(pieces: readonly string[], sequences: readonly string[]): Stopped {
  if (sequences.length === 0) return { pieces, finish: 'stop' };
  const text = pieces.join('');
  const hits = sequences
    .map((sequence) => ({ sequence, at: sequence === '' ? -1 : text.indexOf(sequence) }))
    .filter((hit) => hit.at >= 0)
    .sort((left, right) => left.at - right.at);
  const first = hits[0];
  if (first === undefined) return { pieces, finish: 'stop' };
  return { pieces: splitTokens(text.slice(0, first.at)), finish: 'stop-sequence', stopSequence: first.sequence };
}
