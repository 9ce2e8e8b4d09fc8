// Canonical messages -> the items of a responses request.
import { type ContentPart, type Message, Role, type ToolCall, type ToolResult } from '@waybill/contracts';
import { textOnly } from '../encoding/content.ts';
import type { Support } from '../encoding/support.ts';
import { encodeContent, inputContent } from './content.ts';
import { reasoningItem } from './reasoning.ts';
import type { WireContent, WireItem } from './wire.ts';

/** Tool calls, their results and reasoning are items of their own, in the order they were made. */
export function encodeItems(messages: readonly Message[], support: Support): WireItem[] {
  return messages.flatMap((message) => {
    if (message.name !== '') support.can('message.name');
    return message.role === Role.ASSISTANT ? assistantItems(message, support) : inputItems(message, support);
  });
}

function inputItems(message: Message, support: Support): WireItem[] {
  const results = message.parts.flatMap(({ part }) => (part?.$case === 'toolResult' ? [part.value] : []));
  const rest = message.parts.filter(({ part }) => part?.$case !== 'toolResult');
  const items = results.map((result) => resultItem(result, support));
  if (rest.length > 0) {
    const role = message.role === Role.SYSTEM ? 'system' : 'user';
    items.push({ type: 'message', role, content: encodeContent(rest, support) });
  }
  return items;
}

function resultItem(result: ToolResult, support: Support): WireItem {
  if (result.isError) support.can('tool_result.is_error');
  const isPlain = result.parts.every(({ part }) => part?.$case === 'text');
  const output = isPlain ? textOnly(result.parts, 'tool_result', support) : contentOf(result.parts, support);
  return { type: 'function_call_output', call_id: result.toolCallId, output };
}

function contentOf(parts: readonly ContentPart[], support: Support): WireContent[] {
  return parts.flatMap((part) => {
    if (part.part?.$case === 'image' && !support.can('tool_result.images')) return [];
    return inputContent(part, support);
  });
}

function assistantItems({ parts }: Message, support: Support): WireItem[] {
  const items: WireItem[] = [];
  let said: WireContent[] = [];
  const closeMessage = () => {
    if (said.length > 0) items.push({ type: 'message', role: 'assistant', content: said });
    said = [];
  };
  for (const entry of parts) {
    const content = outputContent(entry, support);
    if (content) said.push(content);
    const item = ownItem(entry, support);
    if (!item) continue;
    closeMessage();
    items.push(item);
  }
  closeMessage();
  return items;
}

function ownItem({ part }: ContentPart, support: Support): WireItem | undefined {
  if (part?.$case === 'toolCall') return callItem(part.value);
  return part?.$case === 'reasoning' && support.can('reasoning.replay')
    ? reasoningItem(part.value, support)
    : undefined;
}

function callItem({ id, name, argumentsJson }: ToolCall): WireItem {
  return { type: 'function_call', call_id: id, name, arguments: argumentsJson === '' ? '{}' : argumentsJson };
}

function outputContent({ part, cacheBreakpoint }: ContentPart, support: Support): WireContent | undefined {
  if (cacheBreakpoint) support.leftOut('prompt_caching', 'a breakpoint in an answer of the model cannot be sent');
  switch (part?.$case) {
    case 'text':
      return { type: 'output_text', text: part.value.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.value.text };
    case 'toolCall':
    case 'reasoning':
      return undefined;
    default:
      if (part) support.leftOut(`messages.${part.$case}`, `${part.$case} has no place in a message of this role`);
      return undefined;
  }
}
