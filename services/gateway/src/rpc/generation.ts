// GenerationService: what programs call over gRPC.
import {
  type Call,
  type CallSummary,
  GenerateRequest,
  type GenerateStreamResponse,
  type GenerationServiceDefinition,
  type ReplyPart,
} from '@waybill/contracts';
import { type Clock, FaultError } from '@waybill/kernel';
import { answerText, foldReply } from '@waybill/providers';
import type { HandlerContext, Handlers } from '@waybill/rpc';
import type { ConductCall, ConductedCall, IncomingCall } from '../conduct.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import type { Authenticate, Digests } from '../ports.ts';
import type { EstimateCost } from '../usecases/estimate-cost.ts';
import { type DefaultModel, embedding, priced, prompt, streamed } from './generation-calls.ts';

export interface GenerationOptions {
  readonly conductCall: ConductCall;
  readonly estimateCost: EstimateCost;
  readonly authenticate: Authenticate;
  readonly digests: Digests;
  readonly clock: Clock;
  readonly defaultModel: DefaultModel;
}

export function generationHandlers(options: GenerationOptions): Handlers<GenerationServiceDefinition> {
  const { defaultModel, estimateCost } = options;
  const conduct = async (call: Call, context: HandlerContext) =>
    options.conductCall(await read(options, call, context));
  return {
    async generate({ call }, context) {
      return whole(await conduct(streamed(call, false, defaultModel), context));
    },
    async *generateStream({ call }, context) {
      const conducted = await conduct(streamed(call, true, defaultModel), context);
      for await (const part of conducted.parts) yield asPart(part);
      yield asSummary(conducted.summary());
    },
    async complete(request, context) {
      const { reply, summary } = await whole(await conduct(prompt(request, defaultModel), context));
      return { text: answerText(reply), finish: reply.finish, usage: reply.usage, warnings: reply.warnings, summary };
    },
    async embed({ call }, context) {
      return whole(await conduct(embedding(call, defaultModel), context));
    },
    async estimateCost({ call, expectedOutputTokens }, context) {
      const incoming = await read(options, priced(call, defaultModel), context);
      return estimateCost({ ...incoming, expectedOutputTokens });
    },
  };
}

async function whole(conducted: ConductedCall) {
  const parts: ReplyPart[] = [];
  for await (const part of conducted.parts) parts.push(part);
  return { reply: foldReply(parts), summary: conducted.summary() };
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
