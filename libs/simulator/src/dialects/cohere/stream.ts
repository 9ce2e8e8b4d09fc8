// A message as named server-sent events.
import type { JsonRecord } from '../../json.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { callOf, citationsOf, finishReasons, showsPlan, showsThinking } from './reply.ts';

type Event = (data: JsonRecord & { type: string }, tokens?: number, part?: Frame['part']) => Frame;

export function chatEvents(reply: Reply, framing: Framing): Frame[] {
  const { answer } = reply;
  const event: Event = (data, tokens = 0, part = 'delta') => ({
    text: framing.frame(JSON.stringify(data), data.type),
    tokens,
    part,
  });
  const isShown = showsThinking(reply) || showsPlan(reply);
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
  const hidden = isShown ? 0 : answer.reasoning.length;
  const thinking = showsThinking(reply) ? contentEvents('thinking', 0, answer.reasoning, event) : [];
  const plan = showsPlan(reply) ? answer.reasoning : [];
  const text = contentEvents('text', thinking.length > 0 ? 1 : 0, answer.pieces, event);
  return [
    event({ type: 'message-start', id: reply.id, delta: { message } }, hidden, 'start'),
    ...thinking,
    ...plan.map((piece) => event({ type: 'tool-plan-delta', delta: { message: { tool_plan: piece } } }, 1)),
    ...callEvents(reply, event),
    ...text.slice(0, -1),
    ...citationEvents(reply, event),
    ...text.slice(-1),
    endEvent(reply, event),
  ];
}

function contentEvents(kind: 'text' | 'thinking', index: number, pieces: readonly string[], event: Event): Frame[] {
  if (pieces.length === 0) return [];
  const opening = { type: kind, [kind]: '' };
  return [
    event({ type: 'content-start', index, delta: { message: { content: opening } } }),
    ...pieces.map((piece) =>
      event({ type: 'content-delta', index, delta: { message: { content: { [kind]: piece } } } }, 1),
    ),
    event({ type: 'content-end', index }),
  ];
}

function callEvents(reply: Reply, event: Event): Frame[] {
  return reply.answer.toolCalls.flatMap((call, index) => {
    const nameTokens = call.tokens - call.pieces.length;
    const delta = { message: { tool_calls: callOf(reply, index, '') } };
    return [
      event({ type: 'tool-call-start', index, delta }, nameTokens),
      ...call.pieces.map((piece) => {
        const tool_calls = { function: { arguments: piece } };
        return event({ type: 'tool-call-delta', index, delta: { message: { tool_calls } } }, 1);
      }),
      event({ type: 'tool-call-end', index }),
    ];
  });
}

function citationEvents(reply: Reply, event: Event): Frame[] {
  return (citationsOf(reply) ?? []).flatMap((citation, index) => [
    event({ type: 'citation-start', index, delta: { message: { citations: citation } } }),
    event({ type: 'citation-end', index }),
  ]);
}

function endEvent(reply: Reply, event: Event): Frame {
  const usage = reply.usageFor(reply.counts);
  const delta = { finish_reason: finishReasons[reply.answer.finish], usage };
  const frame = event({ type: 'message-end', delta }, 0, 'end');
  return usage === undefined ? frame : { ...frame, tellsUsage: true };
}
