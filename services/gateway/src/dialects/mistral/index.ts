// Mistral's chat completions: OpenAI's, but a streamed tool call is whole and usage comes unasked.
import type { Result } from '@waybill/kernel';
import type { AnswerLabel, Dialect, ReadRequest } from '../dialect.ts';
import { completionFrames } from '../openai/frames.ts';
import { openaiChat } from '../openai/index.ts';
import { wholeCalls } from './whole-calls.ts';

export const mistralChat: Dialect = { ...openaiChat, name: 'mistral.chat', read: readMistralRequest };

function readMistralRequest(body: unknown): Result<ReadRequest> {
  const read = openaiChat.read(inOpenAiWords(body));
  if (!read.ok) return read;
  const { answer } = read.value;
  const frames = (label: AnswerLabel) =>
    completionFrames(label, { wantsUsage: true, hasNullUsage: false, deltas: wholeCalls() });
  return { ok: true, value: { ...read.value, answer: { ...answer, frames: answer.frames && frames } } };
}

/** Mistral's `any` demands a call of some tool. */
function inOpenAiWords(body: unknown): unknown {
  const isAny = typeof body === 'object' && body !== null && 'tool_choice' in body && body.tool_choice === 'any';
  return isAny ? { ...body, tool_choice: 'required' } : body;
}
