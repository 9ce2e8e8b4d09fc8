// A request of OpenAI's responses -> the canonical call.
import {
  type Chat,
  type OutputFormat,
  OutputFormat_Kind,
  type ToolChoice,
  ToolChoice_Mode,
  type Warning,
} from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { hasAddresses } from '../citations.ts';
import type { ReadRequest } from '../dialect.ts';
import { unsupported, warnOfIgnored } from '../reading/ignored.ts';
import { fieldFault, readBody } from '../reading/problem.ts';
import { writeResponse } from './answer.ts';
import { responseFrames } from './frames.ts';
import { readInput } from './items.ts';
import { type ResponsesRequest, responsesRequest, sentBack } from './wire.ts';

export function readResponsesRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(responsesRequest, body);
  if (!read.ok) return read;
  const wire = read.value;
  const messages = readInput(wire);
  if ('kind' in messages) return { ok: false, fault: messages };
  const toolChoice = readToolChoice(wire.tool_choice);
  if (toolChoice?.mode === ToolChoice_Mode.NAMED && !wire.tools?.some(({ name }) => name === toolChoice.name)) {
    return { ok: false, fault: fieldFault('tool_choice.name', 'is not among the tools; give the name of one') };
  }
  const chat: Chat = {
    messages,
    tools: readTools(wire.tools),
    toolChoice,
    parallelToolCalls: wire.parallel_tool_calls ?? undefined,
    outputFormat: readOutputFormat(wire.text),
    sampling: { temperature: wire.temperature ?? undefined, topP: wire.top_p ?? undefined },
    maxOutputTokens: wire.max_output_tokens ?? undefined,
    stopSequences: [],
    reasoning: wire.reasoning?.effort ? { effort: wire.reasoning.effort } : undefined,
    stream: wire.stream === true,
  };
  const task = { $case: 'chat', value: chat } as const;
  return {
    ok: true,
    value: {
      call: { model: wire.model, task, endUser: '', serviceTier: wire.service_tier ?? '' },
      endUser: wire.safety_identifier ?? wire.user ?? '',
      warnings: [...warnOfIgnored(body, wire, sentBack), ...warnOfUndone(wire)],
      answer: {
        whole: writeResponse(wire),
        frames: chat.stream ? responseFrames(wire) : undefined,
        shows: hasAddresses,
      },
    },
  };
}

const included = 'reasoning.encrypted_content';

/** What is known here and still not done. */
function warnOfUndone({ store, include, truncation, text, reasoning }: ResponsesRequest): Warning[] {
  const warnings: Warning[] = [];
  if (store) warnings.push(unsupported('store', 'was ignored: nothing is stored'));
  if (truncation === 'auto') warnings.push(unsupported('truncation', 'was ignored: no part of the input is left out'));
  if (text?.verbosity) warnings.push(unsupported('text.verbosity', 'is not supported and was ignored'));
  if (reasoning?.summary) warnings.push(unsupported('reasoning.summary', 'was ignored: the provider decides'));
  for (const name of (include ?? []).filter((each) => each !== included).slice(0, 8)) {
    warnings.push(unsupported(`include.${name.slice(0, 64)}`, 'is not supported and was ignored'));
  }
  return warnings;
}

function readTools(tools: ResponsesRequest['tools']): Chat['tools'] {
  return (tools ?? []).map(({ name, description, parameters, strict }) => ({
    name,
    description: description ?? '',
    parametersJson: parameters ? JSON.stringify(parameters) : '',
    strict: strict ?? undefined,
    cacheBreakpoint: undefined,
  }));
}

const toolChoiceModes = {
  none: ToolChoice_Mode.NONE,
  auto: ToolChoice_Mode.AUTO,
  required: ToolChoice_Mode.REQUIRED,
} as const;

function readToolChoice(wire: ResponsesRequest['tool_choice']): ToolChoice | undefined {
  if (!wire) return undefined;
  if (typeof wire === 'string') return { mode: toolChoiceModes[wire], name: '' };
  return { mode: ToolChoice_Mode.NAMED, name: wire.name };
}

function readOutputFormat(text: ResponsesRequest['text']): OutputFormat | undefined {
  const format = text?.format;
  switch (format?.type) {
    case 'text':
      return { kind: OutputFormat_Kind.TEXT, schemaName: '', schemaJson: '' };
    case 'json_object':
      return { kind: OutputFormat_Kind.JSON_OBJECT, schemaName: '', schemaJson: '' };
    case 'json_schema': {
      const { name: schemaName, schema, strict } = format;
      const schemaJson = JSON.stringify(schema);
      return { kind: OutputFormat_Kind.JSON_SCHEMA, schemaName, schemaJson, strict: strict ?? undefined };
    }
    default:
      return undefined;
  }
}
