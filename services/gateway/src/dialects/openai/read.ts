// A request of OpenAI's chat completions -> the canonical call.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type Tool,
  type ToolChoice,
  ToolChoice_Mode,
  type Warning,
} from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { hasAddresses } from '../citations.ts';
import type { AnswerLabel, ReadRequest } from '../dialect.ts';
import { adjusted, warnOfIgnored } from '../reading/ignored.ts';
import { fieldFault, readBody } from '../reading/problem.ts';
import { writeCompletion } from './answer.ts';
import { completionFrames } from './frames.ts';
import { readMessages } from './messages.ts';
import { type ChatRequest, chatRequest, sentBack, type WireTool } from './wire.ts';

export function readChatRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(chatRequest, body);
  if (!read.ok) return read;
  const wire = read.value;
  const messages = readMessages(wire.messages);
  if ('kind' in messages) return { ok: false, fault: messages };
  const toolChoice = readToolChoice(wire.tool_choice);
  if (
    toolChoice?.mode === ToolChoice_Mode.NAMED &&
    !wire.tools?.some((tool) => tool.function.name === toolChoice.name)
  ) {
    return {
      ok: false,
      fault: fieldFault('tool_choice.function.name', 'is not among the tools; give the name of one'),
    };
  }
  const chat: Chat = {
    messages,
    tools: (wire.tools ?? []).map(readTool),
    toolChoice,
    parallelToolCalls: wire.parallel_tool_calls ?? undefined,
    outputFormat: readOutputFormat(wire.response_format),
    sampling: readSampling(wire),
    maxOutputTokens: wire.max_completion_tokens ?? wire.max_tokens ?? undefined,
    stopSequences: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? []),
    reasoning: wire.reasoning_effort ? { effort: wire.reasoning_effort } : undefined,
    stream: wire.stream === true,
  };
  const call = { model: wire.model, task: { $case: 'chat', value: chat } as const, endUser: '' };
  return {
    ok: true,
    value: {
      call: { ...call, serviceTier: wire.service_tier ?? '' },
      endUser: wire.safety_identifier ?? wire.user ?? '',
      warnings: [...warnOfIgnored(body, wire, sentBack), ...warnOfTwoCaps(wire)],
      answer: { whole: writeCompletion, frames: chat.stream ? framesFor(wire) : undefined, shows: hasAddresses },
    },
  };
}

function framesFor({ stream_options: options }: ChatRequest) {
  return (label: AnswerLabel) => completionFrames(label, { wantsUsage: options?.include_usage === true });
}

function warnOfTwoCaps({ max_tokens: older, max_completion_tokens: newer }: ChatRequest): Warning[] {
  const areTwo = typeof older === 'number' && typeof newer === 'number' && older !== newer;
  return areTwo ? [adjusted('max_tokens', 'was ignored, since max_completion_tokens is given too')] : [];
}

function readTool({ function: wire }: WireTool): Tool {
  return {
    name: wire.name,
    description: wire.description ?? '',
    parametersJson: wire.parameters ? JSON.stringify(wire.parameters) : '',
    strict: wire.strict ?? undefined,
    cacheBreakpoint: undefined,
  };
}

const toolChoiceModes = {
  none: ToolChoice_Mode.NONE,
  auto: ToolChoice_Mode.AUTO,
  required: ToolChoice_Mode.REQUIRED,
} as const;

function readToolChoice(wire: ChatRequest['tool_choice']): ToolChoice | undefined {
  if (!wire) return undefined;
  if (typeof wire === 'string') return { mode: toolChoiceModes[wire], name: '' };
  return { mode: ToolChoice_Mode.NAMED, name: wire.function.name };
}

function readOutputFormat(wire: ChatRequest['response_format']): OutputFormat | undefined {
  switch (wire?.type) {
    case 'text':
      return { kind: OutputFormat_Kind.TEXT, schemaName: '', schemaJson: '' };
    case 'json_object':
      return { kind: OutputFormat_Kind.JSON_OBJECT, schemaName: '', schemaJson: '' };
    case 'json_schema': {
      const { name: schemaName, schema, strict } = wire.json_schema;
      const schemaJson = JSON.stringify(schema ?? {});
      return { kind: OutputFormat_Kind.JSON_SCHEMA, schemaName, schemaJson, strict: strict ?? undefined };
    }
    default:
      return undefined;
  }
}

function readSampling(wire: ChatRequest): Chat['sampling'] {
  return {
    temperature: wire.temperature ?? undefined,
    topP: wire.top_p ?? undefined,
    frequencyPenalty: wire.frequency_penalty ?? undefined,
    presencePenalty: wire.presence_penalty ?? undefined,
    seed: typeof wire.seed === 'number' ? BigInt(wire.seed) : undefined,
  };
}
