// A gRPC client of the gateway, and a question for it.
import { Call, type GenerateRequest, GenerationServiceDefinition, Role } from '@waybill/contracts';
import { createGrpcTransport, type Transport } from '@waybill/rpc';
import type { World } from './world.ts';

/** One question to a model. */
export function grpcQuestion(model: string, text: string, maxOutputTokens?: number): GenerateRequest {
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  return { call: Call.fromPartial({ model, task: { $case: 'chat', value: { messages, maxOutputTokens } } }) };
}

/** Reaches GenerationService; the caller closes it. */
export function connectGrpc({ grpcAddress }: Pick<World, 'grpcAddress'>): Transport {
  const addresses = { [GenerationServiceDefinition.fullName]: [grpcAddress] };
  return createGrpcTransport({ addresses, multiplexed: false });
}
