// GenerateContentResponse, whole and as the chunks of a stream, each of which is one.
import type { JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { THOUGHT_SIGNATURE } from './signatures.ts';

/** Tool calls finish with STOP. */
const finishReasons: Readonly<Record<Finish, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'stop-sequence': 'STOP',
  filtered: 'SAFETY',
};

interface Piece {
  readonly parts: JsonRecord[];
  readonly tokens: number;
  readonly thoughts: number;
}

export function generateContentResponse(reply: Reply): JsonRecord {
  const thoughts = reply.answer.reasoning.join('');
  const text = reply.answer.pieces.join('');
  const parts = [
    ...(showsThoughts(reply) ? [{ text: thoughts, thought: true }] : []),
    ...(text === '' ? [] : [{ text }]),
    ...callParts(reply).flatMap((piece) => piece.parts),
  ];
  return {
    candidates: [candidate(parts, reply.answer.finish)],
    usageMetadata: reply.usageFor(reply.counts),
    modelVersion: reply.model,
    responseId: reply.id,
  };
}

/** Usage is a running total in each chunk; the finish reason is on the last one, and nothing comes after it. */
export function responseChunks(reply: Reply, framing: Framing): Frame[] {
  const pieces = piecesOf(reply);
  let output = 0;
  let reasoning = 0;
  return pieces.map((piece, index): Frame => {
    output += piece.tokens;
    reasoning += piece.thoughts;
    const isLast = index === pieces.length - 1;
    const usageMetadata = reply.usageFor({ ...reply.counts, output, reasoning });
    const json = JSON.stringify({
      candidates: [candidate(piece.parts, isLast ? reply.answer.finish : undefined)],
      usageMetadata,
      modelVersion: reply.model,
      responseId: reply.id,
    });
    const frame = { text: framing.frame(json), tokens: piece.tokens };
    if (!isLast) return { ...frame, part: index === 0 ? 'start' : 'delta' };
    return { ...frame, part: 'end', tellsUsage: usageMetadata === undefined ? undefined : true };
  });
}

function piecesOf(reply: Reply): Piece[] {
  const { answer } = reply;
  const thoughts = answer.reasoning.map((text): Piece => {
    return { parts: showsThoughts(reply) ? [{ text, thought: true }] : [], tokens: 1, thoughts: 1 };
  });
  const texts = answer.pieces.map((text): Piece => ({ parts: [{ text }], tokens: 1, thoughts: 0 }));
  const shown = showsThoughts(reply) ? thoughts : merged(thoughts);
  const pieces = [...shown, ...texts, ...callParts(reply)];
  return pieces.length > 0 ? pieces : [{ parts: [], tokens: 0, thoughts: 0 }];
}

/** Thoughts that are not shown pass in one chunk without content. */
function merged(thoughts: readonly Piece[]): Piece[] {
  return thoughts.length === 0 ? [] : [{ parts: [], tokens: thoughts.length, thoughts: thoughts.length }];
}

function callParts(reply: Reply): Piece[] {
  return reply.answer.toolCalls.map((call, index): Piece => {
    const functionCall = { id: `call-${reply.id}-${index}`, name: call.name, args: call.arguments };
    const signature = index === 0 ? { thoughtSignature: THOUGHT_SIGNATURE } : {};
    return { parts: [{ functionCall, ...signature }], tokens: call.tokens, thoughts: 0 };
  });
}

function candidate(parts: JsonRecord[], finish: Finish | undefined): JsonRecord {
  const finishReason = finish && finishReasons[finish];
  const blocked = { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true };
  const safetyRatings = finish === 'filtered' ? [blocked] : undefined;
  return { content: { role: 'model', parts }, finishReason, safetyRatings, index: 0 };
}

function showsThoughts({ answer, prompt }: Reply): boolean {
  return answer.reasoning.length > 0 && prompt.showsReasoning === true;
}
