export type { CallSummary, CostEstimate, EstimateCostResponse, Reply, ReplyPart } from '@waybill/contracts';
export { Call, Role } from '@waybill/contracts';
export { type Fault, FaultError, type FaultKind } from '@waybill/kernel';
export { type CallInput, embedding, question } from './call-input.ts';
export { createWaybillClient, type StreamUpdate, type WaybillClient } from './client.ts';
export type { Answer, Attribution, CallOptions, EstimateOptions, TlsOptions, WaybillClientOptions } from './options.ts';
export { textOf } from './text.ts';
