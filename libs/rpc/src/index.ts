export { type AllowedCallers, type Authorize, allowOnly } from './authorize.ts';
export type { ErrorHook } from './dispatcher.ts';
export { faultFromMessage, faultToMessage } from './fault-message.ts';
export {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthServiceDefinition,
  type Standing,
} from './grpc/health.ts';
export { isLocalAddress } from './grpc/local-address.ts';
export { type DrainOptions, type GrpcServer, type GrpcServerOptions, startGrpcServer } from './grpc/server.ts';
export { createGrpcTransport, type GrpcTransportOptions } from './grpc/transport.ts';
export type { IncomingHook, IncomingObservation, OutgoingHook, OutgoingObservation } from './hooks.ts';
export { createInProcessTransport, type InProcessOptions, type InProcessTransport } from './in-process.ts';
export { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from './limits.ts';
export type {
  CallerMethod,
  CallOptions,
  Client,
  ClientOptions,
  Handler,
  HandlerContext,
  Handlers,
  MessageCodec,
  MethodDefinition,
  Offer,
  RequestOf,
  ResponseOf,
  ServiceDescription,
  Transport,
} from './ports.ts';
export type { LookUp } from './replicas/names.ts';
export { offer } from './routes.ts';
export { faultOfStatus, faultTrailer, statusOfFault, statusOfKind } from './status.ts';
export { type EdgeTls, openEdgeTls, plainTextBehindProxy } from './tls/edge-tls.ts';
export type { Certificate, TlsFiles, WatchOptions } from './tls/material.ts';
export { type MutualTls, openMutualTls } from './tls/mutual-tls.ts';
export { elsewhere, isElsewhere, wasNotSent } from './turned-away.ts';
