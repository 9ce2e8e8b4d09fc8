// A message as named server-sent events: start, blocks, delta with the final usage, stop.
import type { Json, JsonRecord } from '../../json.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { emptyMessage, SIGNATURE, showsThinking, stopDetails, stopReasons, toolUseId } from './reply.ts';

type Event = (data: JsonRecord & { type: string }, tokens?: number, part?: Frame['part']) => Frame;

export function messageEvents(reply: Reply, framing: Framing): Frame[] {
  const event: Event = (data, tokens = 0, part = 'delta') => ({
    text: framing.frame(JSON.stringify(data), data.type),
    tokens,
    part,
  });
  const blocks = blockFrames(reply, event).flatMap((frames, index) => frames(index));
  const [first, ...rest] = blocks;
  const hidden = showsThinking(reply) ? 0 : reply.answer.reasoning.length;
  const start = event({ type: 'message_start', message: startMessage(reply) }, hidden, 'start');
  const opening = first === undefined ? [start] : [start, first, event({ type: 'ping' })];
  return [...opening, ...rest, messageDelta(reply, event), event({ type: 'message_stop' }, 0, 'end')];
}

/** Input is known at the start; the output figure is provisional. */
function startMessage(reply: Reply): JsonRecord {
  const provisional = { ...reply.counts, output: Math.min(1, reply.counts.output), reasoning: 0 };
  return { ...emptyMessage(reply), usage: reply.usageFor(provisional) };
}

function messageDelta(reply: Reply, event: Event): Frame {
  const usage = finalUsage(reply.usageFor(reply.counts));
  const delta = {
    stop_reason: stopReasons[reply.answer.finish],
    stop_sequence: reply.answer.stopSequence ?? null,
    stop_details: stopDetails(reply),
    container: null,
  };
  const frame = event({ type: 'message_delta', delta, usage }, 0, 'finish');
  return usage === undefined ? frame : { ...frame, tellsUsage: true };
}

/** The last usage is cumulative, but has neither the split of the cache writes nor the tier. */
function finalUsage(usage: Json | undefined): Json | undefined {
  if (typeof usage !== 'object' || usage === null || Array.isArray(usage)) return usage;
  const { cache_creation: _split, service_tier: _tier, inference_geo: _region, ...rest } = usage;
  return rest;
}

type BlockFrames = (index: number) => Frame[];

function blockFrames(reply: Reply, event: Event): BlockFrames[] {
  const { answer } = reply;
  const block = (opening: JsonRecord, deltas: readonly { delta: JsonRecord; tokens: number }[], tokens = 0) => {
    return (index: number) => [
      event({ type: 'content_block_start', index, content_block: opening }, tokens),
      ...deltas.map(({ delta, tokens }) => event({ type: 'content_block_delta', index, delta }, tokens)),
      event({ type: 'content_block_stop', index }),
    ];
  };
  const thinking = answer.reasoning.map((piece) => ({ delta: { type: 'thinking_delta', thinking: piece }, tokens: 1 }));
  const signature = { delta: { type: 'signature_delta', signature: SIGNATURE }, tokens: 0 };
  const text = answer.pieces.map((piece) => ({ delta: { type: 'text_delta', text: piece }, tokens: 1 }));
  const calls = answer.toolCalls.map((call, index) => {
    const opening = { type: 'tool_use', id: toolUseId(reply, index), name: call.name, input: {} };
    const pieces = ['', ...call.pieces].map((piece) => ({
      delta: { type: 'input_json_delta', partial_json: piece },
      tokens: piece === '' ? 0 : 1,
    }));
    return block(opening, pieces, call.tokens - call.pieces.length);
  });
  return [
    ...(showsThinking(reply)
      ? [block({ type: 'thinking', thinking: '', signature: '' }, [...thinking, signature])]
      : []),
    ...(text.length > 0 ? [block({ type: 'text', text: '' }, text)] : []),
    ...calls,
  ];
}
