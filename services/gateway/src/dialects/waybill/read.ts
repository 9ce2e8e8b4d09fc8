// A request of /api/ai/chat: OpenAI's in camel case, and with a provider that is preferred.
import { type Fault, fault, type Result } from '@waybill/kernel';
import type { ReadRequest } from '../dialect.ts';
import { readChatRequest } from '../openai/read.ts';
import { fieldFault } from '../reading/problem.ts';
import { writePlainAnswer } from './answer.ts';
import { plainFrames } from './frames.ts';

const namesOfFields: Readonly<Record<string, string>> = {
  maxTokens: 'max_completion_tokens',
  topP: 'top_p',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  responseFormat: 'response_format',
  toolChoice: 'tool_choice',
  parallelToolCalls: 'parallel_tool_calls',
  reasoningEffort: 'reasoning_effort',
  serviceTier: 'service_tier',
};
const namesInMessages: Readonly<Record<string, string>> = {
  toolCalls: 'tool_calls',
  toolCallId: 'tool_call_id',
  reasoningDetails: 'reasoning_details',
};
const namesBack: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...namesOfFields, ...namesInMessages }).map(([ours, theirs]) => [theirs, ours]),
);

export function readPlainRequest(body: unknown): Result<ReadRequest> {
  if (!isObject(body)) return { ok: false, fault: fieldFault('', 'is no object; give a JSON object', 'invalid_type') };
  const { preferredProvider, ...rest } = body;
  if (preferredProvider !== undefined && preferredProvider !== null && typeof preferredProvider !== 'string') {
    const wrong = fieldFault('preferredProvider', 'is no string; give the name of a provider', 'invalid_type');
    return { ok: false, fault: wrong };
  }
  const messages = Array.isArray(rest.messages) ? rest.messages.map(renameMessage) : rest.messages;
  const read = readChatRequest(renamed({ ...rest, messages }, namesOfFields));
  if (!read.ok) return { ok: false, fault: inOurNames(read.fault) };
  const answer = { whole: writePlainAnswer, frames: read.value.answer.frames && plainFrames, shows: () => true };
  return { ok: true, value: { ...read.value, wishes: { preferredProvider: preferredProvider || undefined }, answer } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function renameMessage(message: unknown): unknown {
  return isObject(message) ? renamed(message, namesInMessages) : message;
}

function renamed(fields: Record<string, unknown>, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [Object.hasOwn(names, name) ? names[name]! : name, value]),
  );
}

/** The same fault about the field as the caller knows it. */
function inOurNames({ kind, message, details, ...rest }: Fault): Fault {
  const { field = '' } = details;
  const known = field.replace(/[a-z_]+/g, (name) => namesBack[name] ?? name);
  const text = message.startsWith(field) ? known + message.slice(field.length) : message;
  return fault(kind, text, { ...rest, details: { ...details, field: known } });
}
