// GenerationService: what programs call over gRPC.
import {
  Call,
  type CallSummary,
  type CompleteRequest,
  GenerateRequest,
  type GenerateStreamResponse,
  type GenerationServiceDefinition,
  type ReplyPart,
  Role,
} from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import { answerText, foldReply } from '@waybill/providers';
import type { HandlerContext, Handlers } from '@waybill/rpc';
import type { ConductCall, ConductedCall, IncomingCall } from '../conduct.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import type { Authenticate, Digests } from '../ports.ts';

export interface GenerationOptions {
  readonly conductCall: ConductCall;
  readonly authenticate: Authenticate;
  readonly digests: Digests;
  readonly clock: Clock;
}

export function generationHandlers(options: GenerationOptions): Handlers<GenerationServiceDefinition> {
  return {
    async generate({ call }, context) {
      return whole(await options.conductCall(await read(options, streamed(call, false), context)));
    },
    async *generateStream({ call }, context) {
      const conducted = await options.conductCall(await read(options, streamed(call, true), context));
      for await (const part of conducted.parts) yield asPart(part);
      yield asSummary(conducted.summary());
    },
    async complete(request, context) {
      const { reply, summary } = await whole(await options.conductCall(await read(options, prompt(request), context)));
      return { text: answerText(reply), finish: reply.finish, usage: reply.usage, warnings: reply.warnings, summary };
    },
    async embed({ call }, context) {
      return whole(await options.conductCall(await read(options, embedding(call), context)));
    },
  };
}

async function whole(conducted: ConductedCall) {
  const parts: ReplyPart[] = [];
  for await (const part of conducted.parts) parts.push(part);
  return { reply: foldReply(parts), summary: conducted.summary() };
}

/** Which of the two methods was called says whether the caller streams. */
function streamed(call: Call | undefined, stream: boolean): Call {
  if (call === undefined || call.model === '') throw invalid('call.model', 'names the model to ask');
  if (call.task?.$case !== 'chat') throw invalid('call.chat', 'holds the conversation; embeddings have another method');
  if (call.task.value.messages.length === 0) throw invalid('call.chat.messages', 'has at least one message');
  return { ...call, task: { $case: 'chat', value: { ...call.task.value, stream } } };
}

function prompt({ model, prompt: text, endUser, ...settings }: CompleteRequest): Call {
  if (model === '') throw invalid('model', 'names the model to ask');
  if (text === '') throw invalid('prompt', 'is what to answer');
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  return Call.fromPartial({ model, endUser, task: { $case: 'chat', value: { ...settings, messages } } });
}

/** With more inputs the answer might not fit into one message. */
const mostInputs = 1_000;

function embedding(call: Call | undefined): Call {
  if (call === undefined || call.model === '') throw invalid('call.model', 'names the model to ask');
  if (call.task?.$case !== 'embedding') throw invalid('call.embedding', 'holds the texts; chats have other methods');
  const { inputs } = call.task.value;
  if (inputs.length === 0) throw invalid('call.embedding.inputs', 'has at least one text');
  if (inputs.length <= mostInputs && !inputs.includes('')) return call;
  const details = { field: 'call.embedding.inputs' };
  throw new FaultError(
    fault('invalid', `${details.field} may have ${mostInputs} texts, none of them empty`, { details }),
  );
}

async function read(
  { authenticate, digests, clock }: GenerationOptions,
  call: Call,
  { metadata, signal }: HandlerContext,
): Promise<IncomingCall> {
  const arrivedAtMs = clock.monotonicMs();
  const caller = await authenticate(metadata.authorization);
  if (!caller.ok) throw new FaultError(caller.fault);
  const pseudonymOf = (user: string) => digests.ofUser(caller.value.tenantId, user);
  const headers = readCallerHeaders(metadata, caller.value, pseudonymOf);
  if (!headers.ok) throw new FaultError(headers.fault);
  return {
    ...headers.value,
    call: { ...call, endUser: pseudonymOf(call.endUser) },
    dialect: 'grpc',
    bodyBytes: GenerateRequest.encode({ call }).finish().length,
    traceHeaders: metadata,
    signal,
    arrivedAtMs,
  };
}

function asPart(value: ReplyPart): GenerateStreamResponse {
  return { update: { $case: 'part', value } };
}

function asSummary(value: CallSummary): GenerateStreamResponse {
  return { update: { $case: 'summary', value } };
}

function invalid(field: string, what: string): FaultError {
  return new FaultError(fault('invalid', `${field} is missing: it ${what}`, { details: { field } }));
}
