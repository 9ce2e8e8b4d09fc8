// A response as named, numbered server-sent events. There is no `[DONE]`: the response itself is the last event.
import type { JsonRecord } from '../../../json.ts';
import { hashText } from '../../../random.ts';
import type { Frame, Reply } from '../../dialect.ts';
import type { Framing } from '../../framing.ts';
import { emptyResponse, itemsOf, response, textContent } from './items.ts';

/** An event before it has its number. */
interface Event {
  readonly data: JsonRecord & { readonly type: string };
  readonly tokens?: number;
}

export function responseEvents(reply: Reply, framing: Framing): Frame[] {
  const whole = response(reply);
  const ended = { ...whole, type: `response.${whole.status}` };
  const starting = { ...emptyResponse(reply), service_tier: 'auto' };
  const events: Event[] = [
    { data: { type: 'response.created', response: starting } },
    { data: { type: 'response.in_progress', response: starting } },
    ...itemsOf(reply).flatMap((item, index) => itemEvents(reply, item, index)),
    { data: { type: ended.type, response: whole } },
  ];
  return events.map(({ data, tokens = 0 }, number) => {
    const { type, ...fields } = data;
    const json = { type, sequence_number: number, ...fields, ...obfuscation(reply, data) };
    const isLast = number === events.length - 1;
    const tellsUsage = isLast && whole.usage !== undefined ? true : undefined;
    const part = isLast ? 'end' : number === 0 ? 'start' : 'delta';
    return { text: framing.frame(JSON.stringify(json), type), tokens, part, tellsUsage };
  });
}

function itemEvents(reply: Reply, item: JsonRecord, index: number): Event[] {
  const at = { item_id: item.id, output_index: index };
  const done = { data: { type: 'response.output_item.done', output_index: index, item } };
  const added = (fields: JsonRecord, tokens = 0): Event => ({
    data: { type: 'response.output_item.added', output_index: index, item: { ...item, ...fields } },
    tokens,
  });
  switch (item.type) {
    case 'reasoning':
      return [...reasoningEvents(reply, at, added), done];
    case 'message':
      return [added({ status: 'in_progress', content: [] }), ...textEvents(reply, at), done];
    default:
      return [...callEvents(reply, item, at, added), done];
  }
}

type Added = (fields: JsonRecord, tokens?: number) => Event;

/** Where nothing is shown of it, all that was thought comes with the beginning of its item. */
function reasoningEvents({ answer, prompt }: Reply, at: JsonRecord, added: Added): Event[] {
  if (!prompt.showsReasoning) return [added({ summary: [] }, answer.reasoning.length)];
  const part = { ...at, summary_index: 0 };
  const text = answer.reasoning.join('');
  const summary = (shown: string) => ({ type: 'summary_text', text: shown });
  return [
    added({ summary: [] }),
    { data: { type: 'response.reasoning_summary_part.added', ...part, part: summary('') } },
    ...answer.reasoning.map((delta) => ({
      data: { type: 'response.reasoning_summary_text.delta', ...part, delta },
      tokens: 1,
    })),
    { data: { type: 'response.reasoning_summary_text.done', ...part, text } },
    { data: { type: 'response.reasoning_summary_part.done', ...part, part: summary(text) } },
  ];
}

function textEvents({ answer }: Reply, at: JsonRecord): Event[] {
  const part = { ...at, content_index: 0 };
  const text = answer.pieces.join('');
  return [
    { data: { type: 'response.content_part.added', ...part, part: textContent('') } },
    ...answer.pieces.map((delta) => ({
      data: { type: 'response.output_text.delta', ...part, delta, logprobs: [] },
      tokens: 1,
    })),
    { data: { type: 'response.output_text.done', ...part, text, logprobs: [] } },
    { data: { type: 'response.content_part.done', ...part, part: textContent(text) } },
  ];
}

function callEvents(reply: Reply, item: JsonRecord, at: JsonRecord, added: Added): Event[] {
  const call = reply.answer.toolCalls.find((_, index) => item.call_id === `call_${reply.id}${index}`);
  const pieces = call?.pieces ?? [];
  return [
    added({ status: 'in_progress', arguments: '' }, (call?.tokens ?? 0) - pieces.length),
    ...pieces.map((delta) => ({ data: { type: 'response.function_call_arguments.delta', ...at, delta }, tokens: 1 })),
    { data: { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments, name: item.name } },
  ];
}

/** Padding of a length that hides how long the content is. */
function obfuscation({ prompt }: Reply, { delta }: JsonRecord): JsonRecord {
  if (prompt.delivery.kind !== 'stream' || prompt.delivery.form !== 'obfuscated' || typeof delta !== 'string')
    return {};
  return { obfuscation: 'aZ3kQ9xL0pVt'.slice(0, 1 + (hashText(delta, 7) % 12)) };
}
