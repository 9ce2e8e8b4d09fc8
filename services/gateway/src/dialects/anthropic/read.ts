// A request of Anthropic's messages -> the canonical call.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type Reasoning,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
} from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import type { ReadRequest } from '../dialect.ts';
import { warnOfIgnored } from '../reading/ignored.ts';
import { fieldFault, readBody } from '../reading/problem.ts';
import { writeMessage } from './answer.ts';
import { messageFrames } from './frames.ts';
import { lifetimeOf, readMessages } from './messages.ts';
import { type MessagesRequest, messagesRequest, sentBack, type WireTool } from './wire.ts';

export function readMessagesRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(messagesRequest, body);
  if (!read.ok) return read;
  const wire = read.value;
  const toolChoice = readToolChoice(wire.tool_choice);
  if (toolChoice?.mode === ToolChoice_Mode.NAMED && !wire.tools?.some((tool) => tool.name === toolChoice.name)) {
    return { ok: false, fault: fieldFault('tool_choice.name', 'is not among the tools; give the name of one') };
  }
  const chat: Chat = {
    messages: readMessages(wire.system, wire.messages),
    tools: (wire.tools ?? []).map(readTool),
    toolChoice,
    parallelToolCalls: isOneAtATime(wire.tool_choice) ? false : undefined,
    outputFormat: readOutputFormat(wire.output_config),
    sampling: {
      temperature: wire.temperature ?? undefined,
      topP: wire.top_p ?? undefined,
      topK: wire.top_k ?? undefined,
    },
    maxOutputTokens: wire.max_tokens,
    stopSequences: wire.stop_sequences ?? [],
    reasoning: readReasoning(wire),
    stream: wire.stream === true,
  };
  const task = { $case: 'chat', value: chat } as const;
  return {
    ok: true,
    value: {
      call: { model: wire.model, task, endUser: '', serviceTier: wire.service_tier ?? '' },
      endUser: wire.metadata?.user_id ?? '',
      warnings: warnOfIgnored(body, wire, sentBack),
      answer: { whole: writeMessage, frames: chat.stream ? messageFrames : undefined },
    },
  };
}

function readTool(wire: WireTool): Tool {
  const timeToLive = lifetimeOf(wire.cache_control);
  return {
    name: wire.name,
    description: wire.description ?? '',
    parametersJson: JSON.stringify(wire.input_schema),
    strict: wire.strict ?? undefined,
    cacheBreakpoint: timeToLive === undefined ? undefined : { timeToLive },
  };
}

const toolChoiceModes = {
  auto: ToolChoice_Mode.AUTO,
  any: ToolChoice_Mode.REQUIRED,
  none: ToolChoice_Mode.NONE,
  tool: ToolChoice_Mode.NAMED,
} as const;

function readToolChoice(wire: MessagesRequest['tool_choice']): ToolChoice | undefined {
  if (!wire) return undefined;
  return { mode: toolChoiceModes[wire.type], name: wire.type === 'tool' ? wire.name : '' };
}

function isOneAtATime(wire: MessagesRequest['tool_choice']): boolean {
  return !!wire && wire.type !== 'none' && wire.disable_parallel_tool_use === true;
}

function readOutputFormat(wire: MessagesRequest['output_config']): OutputFormat | undefined {
  if (!wire?.format) return undefined;
  const schemaJson = JSON.stringify(wire.format.schema);
  return { kind: OutputFormat_Kind.JSON_SCHEMA, schemaName: '', schemaJson, strict: undefined };
}

/** Thinking as the model sees fit is thinking at this effort, unless another is given. */
const usualEffort = 'high';

function readReasoning({ thinking, output_config: output }: MessagesRequest): Reasoning | undefined {
  if (thinking?.type === 'disabled') return { effort: 'none' };
  const budgetTokens = thinking?.type === 'enabled' ? thinking.budget_tokens : undefined;
  const effort = output?.effort ?? (thinking?.type === 'adaptive' ? usualEffort : '');
  return effort === '' && budgetTokens === undefined ? undefined : { effort, budgetTokens };
}
